"""The tables of a campaign file, each made into what it describes."""

from __future__ import annotations

import os
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import attrs

from crmlib.addresses import normalize_address
from crmlib.campaigns._sender import check_sender
from crmlib.campaigns._trigger_section import read_trigger
from crmlib.exceptions import InvalidParameterError
from crmlib.interfaces import Segmenter
from crmlib.messages import Sender
from crmlib.planners import load_catalogue
from crmlib.planners._catalogue import BUTTON, LOCALE, read_template
from crmlib.sections import REQUIRED
from crmlib.segmenters import RFMSegmenter, Rule, RuleSegmenter, WeightedRFMSegmenter
from crmlib.tables import OPTIONAL_COLUMNS, REQUIRED_COLUMNS, get_zone
from crmlib.timing import FixedTiming, PreferredHourTiming, PurchaseCycleTiming

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.interfaces import TimingModel
    from crmlib.planners import JinjaTemplate, Template
    from crmlib.sections import Section

DEFAULT: Final = "default"
_ENV: Final = "env:"
_MODEL: Final = "model"
_CATALOGUE: Final = "catalogue"


@attrs.frozen(kw_only=True)
class CampaignData:
    """The table ``[data]``: which files, and how to read them.

    Parameters
    ----------
    orders : tuple of Path
        Order files, of one sales channel or several.
    profiles, consents : Path
        CSV files.
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
    later_orders : Path or None
        Orders after sending, to measure on.
    columns : dict of str to str
        Headers of the order files by canonical column.
    """

    orders: tuple[Path, ...]
    profiles: Path
    consents: Path
    engagements: Path | None
    responses: tuple[Path, ...]
    products: Path | None
    events: Path | None
    timezone: str
    locale: str | None
    snapshot_date: str | None
    later_orders: Path | None
    columns: dict[str, str] = attrs.field(hash=False)


def read_data(section: Section, folder: Path) -> CampaignData:
    """Read ``[data]``; paths are relative to *folder*."""
    later = section.text("later_orders", None)
    engagements, events = (section.text(name, None) for name in ("engagements", "events"))
    data = CampaignData(
        orders=tuple(folder / name for name in section.text_or_texts("orders")),
        profiles=folder / section.text("profiles"),
        consents=folder / section.text("consents"),
        engagements=None if engagements is None else folder / engagements,
        responses=read_paths(section, "responses", folder),
        products=next(iter(read_paths(section, "products", folder)), None),
        events=None if events is None else folder / events,
        timezone=read_zone(section),
        locale=_read_locale(section),
        snapshot_date=_read_date(section, "snapshot_date"),
        later_orders=None if later is None else folder / later,
        columns=_read_columns(section.table("columns", {})),
    )
    section.finish()
    return data


def read_paths(section: Section, key: str, folder: Path) -> tuple[Path, ...]:
    """Read the file, or the files, that *key* names; none where it is left out."""
    if key not in section.keys:
        section.text(key, None)
        return ()
    return tuple(folder / name for name in section.text_or_texts(key))


def _read_locale(section: Section) -> str | None:
    locale: str | None = section.text("locale", None)
    if locale is not None and not LOCALE.fullmatch(locale):
        raise section.error("locale", f"is {locale!r}", "write one such as ko or en-GB")
    return locale


def read_zone(section: Section) -> str:
    """Read the IANA zone ``timezone``."""
    zone = str(section.text("timezone", "UTC"))
    with section.owning("timezone"):
        get_zone(zone)
    return zone


def read_segmenter(section: Section, folder: Path) -> Segmenter:
    """Read ``[segmenter]``: not fitted, but for a ``model`` saved in *folder*."""
    kinds = {"rfm": _read_rfm, "weighted-rfm": _read_weighted_rfm, "rules": _read_rules}
    if _MODEL in section.keys:
        segmenter = _load_model(section, folder)
    else:
        segmenter = kinds[section.choice("kind", kinds)](section)
    section.finish()
    return segmenter


def read_timing(section: Section, timezone: str) -> TimingModel:
    """Read ``[timing]``: not fitted; *timezone* is the account's."""
    kinds = {
        "preferred-hour": _read_preferred_hour,
        "purchase-cycle": _read_purchase_cycle,
        "trigger": read_trigger,
        "fixed": _read_fixed,
    }
    timing = kinds[section.choice("kind", kinds)](section, timezone)
    section.finish()
    return timing


def read_templates(section: Section, folder: Path) -> dict[Any, Template | JinjaTemplate]:
    """Read ``[templates.SEGMENT]`` and ``[templates.SEGMENT.LOCALE]``, or the catalogue's file."""
    if _CATALOGUE in section.keys and _CATALOGUE not in section.tables:
        path = section.text(_CATALOGUE)
        section.finish()
        return load_catalogue(folder / path)
    templates: dict[Any, Template | JinjaTemplate] = {}
    for segment in section.keys:
        mine = section.table(segment)
        locales = [key for key in mine.tables if key != BUTTON]
        if len(mine.keys) > len(locales) or not locales:
            with section.owning(segment):
                templates[segment] = read_template(mine, segment)
        for locale in locales:
            if not LOCALE.fullmatch(locale):
                raise mine.error(locale, "is no locale", "write one such as ko or en-GB")
            spoken = mine.table(locale)
            with mine.owning(locale):
                templates[segment, locale] = read_template(spoken, f"{segment} ({locale})")
            spoken.finish()
        mine.finish()
    if not templates:
        raise section.error(DEFAULT, "is missing", "write one template at least")
    return templates


def read_sender(section: Section) -> Sender:
    """Read ``[sender]``."""
    name, email = section.text("name"), section.text("email")
    if not name.strip():
        raise section.error("name", "is blank", "write the business as its customers know it")
    with section.owning("email"):
        normalize_address("email", email)
    optional = [field.name for field in attrs.fields(Sender) if field.default is None]
    fields = {key: section.text(key, None) for key in optional}
    section.finish()
    try:
        sender = Sender(name=name, email=email, **fields)
        check_sender(sender)
    except InvalidParameterError as error:
        told = f"is {error.value!r}", f"it must be {error.expected}"
        raise section.error(error.name, *told) from error
    except ValueError as error:  # the one text that a Sender itself looks at
        told = f"is {fields['opt_out_url']!r}", "it must be a web address: https://…"
        raise section.error("opt_out_url", *told) from error
    return sender


def resolve_environment(section: Section) -> dict[str, Any]:
    """Give the settings of a channel, ``"env:NAME"`` replaced by that variable.

    Raises
    ------
    ConfigError
        If the variable is not set; the text tells its name and no value.
    """
    settings = {}
    for key in section.keys:
        value = section.setting(key)
        if isinstance(value, str) and value.startswith(_ENV):
            variable = value.removeprefix(_ENV)
            if variable not in os.environ:
                raise section.error(
                    key,
                    f"is read from the environment variable {variable!r}, which is not set",
                    f"set it: export {variable}=…",
                )
            value = os.environ[variable]
        settings[key] = value
    return settings


def _read_date(section: Section, key: str) -> str | None:
    expected = "a date such as 2026-11-01"
    found = section.value(key, expected, (str, date), None)
    if found is None:
        return None
    try:
        return date.fromisoformat(str(found)).isoformat()
    except ValueError as error:
        raise section.error(key, f"is {str(found)!r}", f"it must be {expected}") from error


def _read_columns(section: Section) -> dict[str, str]:
    known = (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS)
    found = {name: section.text(name, None) for name in known}
    section.finish()
    return {name: header for name, header in found.items() if header is not None}


def _load_model(section: Section, folder: Path) -> Segmenter:
    """Load the segmenter that was saved, with what it learned."""
    path = folder / section.text(_MODEL)
    with section.owning(_MODEL):
        segmenter = Segmenter.load(path)
    if not hasattr(segmenter, "segments_"):
        raise section.error(_MODEL, "holds a segmenter that has learned nothing", "fit it first")
    return segmenter


def _read_rfm(section: Section) -> Segmenter:
    return RFMSegmenter(
        segment_map=section.value("segment_map", "a name or a table", (str, dict), "eleven"),
        **_read_bins(section),
    )


def _read_weighted_rfm(section: Section) -> Segmenter:
    return WeightedRFMSegmenter(
        weights=section.value("weights", "a table of weights by column", (dict,), None),
        tiers=section.value("tiers", "a table of shares by name", (dict,), None),
        **_read_bins(section),
    )


def _read_bins(section: Section) -> dict[str, Any]:
    """Read what both kinds of RFM are cut and named by."""
    a_number = "a whole number, or a table of such by column"
    points = "a table of numbers by column, such as { frequency = [2, 3, 5] }"
    return {
        "n_bins": section.value("n_bins", a_number, (int, dict), 5),
        "cut_points": section.value("cut_points", points, (dict,), None),
        "labels": section.text("labels", "en"),
    }


def _read_rules(section: Section) -> Segmenter:
    rules = [_read_rule(rule) for rule in section.list_of_tables("rules")]
    segmenter = RuleSegmenter(rules, default=section.text("default", "Others"))
    with section.owning("rules"):
        segmenter.check_rules()
    return segmenter


def _read_rule(section: Section) -> Rule:
    name = section.text("name")
    where = section.value(
        "where", 'conditions such as [["gender", "==", "female"]]', (list,), REQUIRED
    )
    with section.owning("where"):
        rule = Rule(name, where)
    section.finish()
    return rule


def _read_preferred_hour(section: Section, timezone: str) -> TimingModel:
    day_type = section.text("day_type", "weekday")
    return PreferredHourTiming(timezone=section.text("timezone", timezone), day_type=day_type)


def _read_purchase_cycle(section: Section, timezone: str) -> TimingModel:
    return PurchaseCycleTiming(
        hours=_read_preferred_hour(section, timezone),
        by=section.text("by", None),
        timezone=section.text("timezone", timezone),
    )


def _read_fixed(section: Section, _: str) -> TimingModel:
    return FixedTiming(
        hour=section.whole_number("hour", 10), weekdays=section.texts("weekdays", None)
    )
