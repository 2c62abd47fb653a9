"""What ``crmlib serve`` is told by a TOML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from crmlib.exceptions import CRMLibError
from crmlib.messages import MEDIA
from crmlib.opt_out_links import OptOutKeys
from crmlib.sections import Section, read_toml
from crmlib.web._brand import Brand
from crmlib.web._rates import Rates
from crmlib.web._report_settings import read_report_secrets
from crmlib.web._topic import Topic
from crmlib.web._warranty_settings import WarrantySettings, read_warranty

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from crmlib.web._report_secrets import ReportSecrets

_WAY_OUT: Final = "give the path of a file with the tables [web] and [brand]; see docs/web.md"
_HIGHEST_PORT: Final = 65_535
_MOST_TOPICS: Final = 20


@attrs.frozen(kw_only=True, eq=False)
class WebSettings:
    """What :func:`load_settings` read.

    Parameters
    ----------
    ledger : str
        URL of the ledger.
    opt_out_keys : OptOutKeys
        They signed the links.
    brand : Brand
    media : tuple of str
        What the preference page asks about.
    topics : tuple of Topic
        And about what.
    rates : dict of str to str
        How often an address may do what.
    host, port : str, int
        Where to listen.
    trusted_proxies : tuple of str
        Addresses and networks of proxies whose ``X-Forwarded-For`` counts.
    prefix : str
        The path under which a proxy shows the pages, such as ``"/crm"``.
    warranty : WarrantySettings or None
        What the pages of warranties stand on, if there are any.
    reports : ReportSecrets or None
        What providers prove with that a report is theirs, if any report.
    """

    ledger: str
    opt_out_keys: OptOutKeys = attrs.field(repr=False)
    brand: Brand
    media: tuple[str, ...]
    topics: tuple[Topic, ...]
    rates: Mapping[str, str]
    host: str
    port: int
    trusted_proxies: tuple[str, ...]
    prefix: str
    warranty: WarrantySettings | None
    reports: ReportSecrets | None


def load_settings(path: str | os.PathLike[str]) -> WebSettings:
    """Read the settings of ``crmlib serve``; paths in the file are relative to it.

    Raises
    ------
    ConfigError
        If a key is unknown, missing, or has a value that it cannot have.
    UnreadableFileError
        If there is no such file, or it may not be read.
    """
    file = Path(path)
    root = read_toml(file, str(path), _WAY_OUT)
    web = root.table("web")
    port = web.whole_number("port", 8080)
    if not 1 <= port <= _HIGHEST_PORT:
        raise web.error("port", f"is {port!r}", f"it must be from 1 to {_HIGHEST_PORT}")
    media = web.texts("media", ("email", "sms", "kakao"))
    web.check_names("media", "medium", media, MEDIA)
    settings = WebSettings(
        ledger=_ledger_url(web.text("ledger", "crm.db"), file.parent),
        opt_out_keys=_read_keys(web, file.parent),
        brand=_read_brand(root.table("brand")),
        media=media,
        topics=_read_topics(root),
        rates=_read_rates(root.table("rates", {})),
        host=web.text("host", "127.0.0.1"),
        port=port,
        trusted_proxies=web.texts("trusted_proxies", ()),
        prefix=web.text("prefix", "").rstrip("/"),
        warranty=read_warranty(root, file.parent),
        reports=read_report_secrets(root),
    )
    web.finish()
    root.finish()
    return settings


def _ledger_url(name: str, folder: Path) -> str:
    return name if "://" in name else f"sqlite:///{folder / name}"


def _read_keys(section: Section, folder: Path) -> OptOutKeys:
    name = section.text("opt_out_keys")
    try:
        with section.owning("opt_out_keys"):
            return OptOutKeys.load(folder / name)
    except OSError as error:
        told = f"names {name!r}, which cannot be read ({error.strerror})"
        way_out = f"name the file that campaigns sign with, or make it: crmlib web keys {name}"
        raise section.error("opt_out_keys", told, way_out) from error


def _read_brand(section: Section) -> Brand:
    known = {field.name: field.default for field in attrs.fields(Brand)}
    given = {
        name: section.text(name) if default is attrs.NOTHING else section.text(name, default)
        for name, default in known.items()
    }
    section.finish()
    try:
        return Brand(**given)
    except CRMLibError as error:
        name = str(getattr(error, "name", "name"))
        told = f"is {given[name]!r}", f"it must be {getattr(error, 'expected', 'another')}"
        raise section.error(name, *told) from error


def _read_topics(root: Section) -> tuple[Topic, ...]:
    if "topics" not in root.keys:
        return ()
    topics: dict[str, Topic] = {}
    sections = root.list_of_tables("topics")
    if len(sections) > _MOST_TOPICS:
        told = f"holds {len(sections)} tables", f"nobody reads more than {_MOST_TOPICS}"
        raise root.error("topics", *told)
    for section in sections:
        given = {name: section.text(name) for name in ("name", "ko", "en")}
        section.finish()
        with section.owning("name"):
            topic = Topic(**given)
        if topic.name in topics:
            told = f"is {given['name']!r}, which another has", "give each a name of its own"
            raise section.error("name", *told)
        topics[topic.name] = topic
    return tuple(topics.values())


def _read_rates(section: Section) -> dict[str, str]:
    rates = {name: section.text(name) for name in section.keys}
    for name, rate in rates.items():
        with section.owning(name):
            Rates({name: rate})
    return rates
