"""The table ``[limits]`` of a campaign file."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from crmlib.campaigns._campaign_limits import CampaignLimits
from crmlib.exceptions import InvalidParameterError
from crmlib.timing import FrequencyCap, find_holidays

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmlib.sections import Section

Limited = TypeVar("Limited", CampaignLimits, FrequencyCap)


def read_limits(section: Section, channels: Sequence[str]) -> CampaignLimits:
    """Read ``[limits]``; *channels* are those of the campaign and its steps."""
    given = section.value(
        "caps", "a list of tables, such as [{ most = 2, per = 'day' }]", (list,), []
    )
    caps = [_read_cap(cap) for cap in section.list_of_tables("caps")] if given else []
    rates = section.table("per_minute", {})
    section.check_names("per_minute", "channel", rates.keys, channels)
    per_minute = {channel: rates.whole_number(channel) for channel in rates.keys}
    for channel, rate in per_minute.items():
        if rate < 1:
            raise rates.error(channel, f"is {rate!r}", "it must be a whole number from 1")
    places = section.value("holidays", "a country, or a list of them", (str, list), ())
    with section.owning("holidays"):
        find_holidays(places, date.min, date.min)
    terms = {
        "spacing_hours": section.number("spacing_hours", 0),
        "tag": section.text("tag", None),
        "canary": section.number("canary", 0),
        "most_recipients": section.whole_number("most_recipients", None),
    }
    section.finish()
    return _make(
        section, CampaignLimits, caps=caps, per_minute=per_minute, holidays=places, **terms
    )


def _read_cap(section: Section) -> FrequencyCap:
    terms = {
        "most": section.whole_number("most"),
        "per": section.text("per", None),
        "hours": section.number("hours", None),
        "medium": section.text("medium", None),
        "tag": section.text("tag", None),
    }
    section.finish()
    return _make(section, FrequencyCap, **terms)


def _make(section: Section, kind: Callable[..., Limited], **terms: Any) -> Limited:
    """Make one of *kind*; what it refuses is blamed on the key of that name."""
    try:
        return kind(**terms)
    except InvalidParameterError as error:
        told = f"is {error.value!r}", f"it must be {error.expected}"
        raise section.error(error.name, *told) from error
