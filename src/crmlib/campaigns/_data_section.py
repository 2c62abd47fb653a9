"""The table ``[data]`` of a campaign file: which files, and how to read them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import attrs

from crmlib.campaigns._order_files import OrderFiles, parse_defaults, parse_order_files
from crmlib.planners._catalogue import LOCALE
from crmlib.sections import REQUIRED
from crmlib.tables import get_zone

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.sections import Section


@attrs.frozen(kw_only=True)
class CampaignData:
    """The table ``[data]``: which files, and how to read them.

    Parameters
    ----------
    orders : tuple of OrderFiles
        Of one sales channel or several.
    profiles : Path or None
        CSV file; None where ``[people]`` makes profiles of the contacts.
    consents : Path
        CSV file.
    product_names : Path or None
        CSV file of what the products of each channel are called.
    notices : Path or None
        CSV file of what customers were told of their consents.
    engagements : Path or None
        CSV file of what customers did with earlier messages.
    responses : tuple of Path
        CSV files of what earlier messages brought, for planners that choose.
    products : Path or None
        CSV file of what can be sold, for the planner of interests.
    events : Path or None
        CSV file of events that a trigger answers.
    timezone : str
        IANA zone of the account.
    locale : str or None
        Language of customers without one.
    snapshot_date : str or None
        The last local day that counts, as 2026-11-01; None: the day of the
        last order.
    later_orders : tuple of OrderFiles
        Orders after sending, to measure on.
    """

    orders: tuple[OrderFiles, ...]
    profiles: Path | None
    consents: Path
    product_names: Path | None
    notices: Path | None
    engagements: Path | None
    responses: tuple[Path, ...]
    products: Path | None
    events: Path | None
    timezone: str
    locale: str | None
    snapshot_date: str | None
    later_orders: tuple[OrderFiles, ...]
    _defaults: OrderFiles = attrs.field(repr=False)

    @property
    def kept(self) -> list[str]:
        """The further columns that order lines have."""
        return list(dict.fromkeys(name for files in self.orders for name in files.keep))

    def order_files(self, path: Path) -> tuple[OrderFiles, ...]:
        """Give the files at *path*, read as ``[data]`` says of files that have no table."""
        return (attrs.evolve(self._defaults, paths=(path,), keep={}),)


def read_data(section: Section, folder: Path, *, people: bool) -> CampaignData:
    """Read ``[data]``; paths are relative to *folder*, and *people* need no file of profiles."""
    zone = _read_zone(section)
    defaults = parse_defaults(section, folder)
    bare = attrs.evolve(defaults, keep={})
    profiles = section.text("profiles", None if people else REQUIRED)
    engagements, events = (section.text(name, None) for name in ("engagements", "events"))
    names, notices = (section.text(name, None) for name in ("product_names", "notices"))
    data = CampaignData(
        orders=parse_order_files(section, "orders", folder, defaults),
        profiles=None if profiles is None else folder / profiles,
        consents=folder / section.text("consents"),
        product_names=None if names is None else folder / names,
        notices=None if notices is None else folder / notices,
        engagements=None if engagements is None else folder / engagements,
        responses=_read_paths(section, "responses", folder),
        products=next(iter(_read_paths(section, "products", folder)), None),
        events=None if events is None else folder / events,
        timezone=zone,
        locale=_read_locale(section),
        snapshot_date=_read_date(section, "snapshot_date"),
        later_orders=parse_order_files(section, "later_orders", folder, bare, ()),
        defaults=defaults,
    )
    if not data.orders:
        raise section.error("orders", "is empty", "name a file, a folder or a pattern")
    if defaults.keep and not any(files.keep == defaults.keep for files in data.orders):
        raise section.error(
            "keep",
            "is of no file, as tables of orders keep what they name themselves",
            'write it into them: orders = { path = "a.csv", keep = { country = "Country" } }',
        )
    section.finish()
    return data


def _read_paths(section: Section, key: str, folder: Path) -> tuple[Path, ...]:
    """Read the file, or the files, that *key* names; none where it is left out."""
    if key not in section.keys:
        section.text(key, None)
        return ()
    return tuple(folder / name for name in section.text_or_texts(key))


def _read_zone(section: Section) -> str:
    """Read the IANA zone ``timezone``."""
    zone = str(section.text("timezone", "UTC"))
    with section.owning("timezone"):
        get_zone(zone)
    return zone


def _read_locale(section: Section) -> str | None:
    locale: str | None = section.text("locale", None)
    if locale is not None and not LOCALE.fullmatch(locale):
        raise section.error("locale", f"is {locale!r}", "write one such as ko or en-GB")
    return locale


def _read_date(section: Section, key: str) -> str | None:
    expected = "a date such as 2026-11-01"
    found = section.value(key, expected, (str, date), None)
    if found is None:
        return None
    try:
        return date.fromisoformat(str(found)).isoformat()
    except ValueError as error:
        raise section.error(key, f"is {str(found)!r}", f"it must be {expected}") from error
