"""The table ``[limits]`` of a campaign file."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from crmlib.campaigns._campaign_limits import CampaignLimits
from crmlib.timing import FrequencyCap, find_holidays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmlib.sections import Section


def read_limits(section: Section, channels: Sequence[str]) -> CampaignLimits:
    """Read ``[limits]``; *channels* are those of the campaign."""
    caps = section.list_of_tables("caps") if "caps" in section.keys else []
    rates = section.table("per_minute", {})
    rates.check_names("per_minute", "channel", rates.keys, channels)
    per_minute = {channel: rates.whole_number(channel) for channel in rates.keys}
    holidays = section.text_or_texts("holidays") if "holidays" in section.keys else ()
    spacing = section.number("spacing_hours", 0)
    tag = section.text("tag", None)
    with section.owning("holidays"):
        if holidays:
            find_holidays(list(holidays), date.min, date.min)
    read = [_read_cap(cap) for cap in caps]
    for channel, rate in per_minute.items():
        with rates.owning(channel):
            CampaignLimits(per_minute={channel: rate})
    with section.owning("spacing_hours"):
        limits = CampaignLimits(
            caps=read, spacing_hours=spacing, per_minute=per_minute, holidays=holidays, tag=tag
        )
    section.finish()
    return limits


def _read_cap(section: Section) -> FrequencyCap:
    given = {
        "most": section.whole_number("most"),
        "per": section.text("per", None),
        "hours": section.number("hours", None),
        "medium": section.text("medium", None),
        "tag": section.text("tag", None),
    }
    with section.owning("per"):
        cap = FrequencyCap(**given)
    section.finish()
    return cap
