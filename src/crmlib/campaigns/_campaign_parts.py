"""The tables of a campaign file for who, what, when and how, each made into what it describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from crmlib.addresses import normalize_address
from crmlib.campaigns._opt_out_links import TOKEN_FIELD
from crmlib.campaigns._sender import check_sender
from crmlib.campaigns._trigger_section import read_trigger
from crmlib.exceptions import InvalidParameterError
from crmlib.interfaces import Segmenter
from crmlib.messages import Sender
from crmlib.opt_out_links import OptOutKeys
from crmlib.planners import load_catalogue
from crmlib.planners._catalogue import BUTTON, LOCALE, read_template
from crmlib.sections import REQUIRED
from crmlib.segmenters import RFMSegmenter, Rule, RuleSegmenter, WeightedRFMSegmenter
from crmlib.timing import FixedTiming, PreferredHourTiming, PurchaseCycleTiming

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.interfaces import TimingModel
    from crmlib.planners import JinjaTemplate, Template
    from crmlib.sections import Section

DEFAULT: Final = "default"
_MODEL: Final = "model"
_CATALOGUE: Final = "catalogue"
_OPT_OUT_KEYS: Final = "opt_out_keys"


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


def read_opt_out_keys(section: Section, folder: Path) -> OptOutKeys | None:
    """Read the file that ``opt_out_keys`` of ``[sender]`` names, if it does."""
    name = section.text(_OPT_OUT_KEYS, None)
    if name is None:
        if TOKEN_FIELD in section.text("opt_out_url", ""):
            way_out = "name the file that `crmlib web keys` wrote"
            raise section.error(_OPT_OUT_KEYS, "is missing", way_out)
        return None
    try:
        with section.owning(_OPT_OUT_KEYS):
            return OptOutKeys.load(folder / name)
    except OSError as error:
        told = f"names {name!r}, which cannot be read ({error.strerror})"
        raise section.error(_OPT_OUT_KEYS, told, f"make it: crmlib web keys {name}") from error


def read_sender(section: Section) -> Sender:
    """Read ``[sender]``, of which :func:`read_opt_out_keys` has read its part."""
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
    return {key: section.resolve(key, section.setting(key)) for key in section.keys}


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
