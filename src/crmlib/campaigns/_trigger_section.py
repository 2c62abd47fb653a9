"""A trigger in a campaign file."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from crmlib.tables import ORDERED
from crmlib.timing import TriggerTiming

if TYPE_CHECKING:
    from crmlib.interfaces import TimingModel
    from crmlib.sections import Section

STEPS = "steps"
_A_DAY = 24 * 60


def read_trigger(section: Section, _: str) -> TimingModel:
    """Read ``[timing]`` of a trigger; its steps are read elsewhere."""
    if STEPS in section.keys:
        section.list_of_tables(STEPS)
    timing = TriggerTiming(
        trigger=section.text("event", ORDERED),
        after=read_minutes(section, "after_minutes", 0),
        expires_after=read_minutes(section, "expires_after_minutes", _A_DAY),
        goals=section.texts("goals", ()),
        again_after=_to_span(
            section, "again_after_days", days=section.whole_number("again_after_days", 1)
        ),
    )
    with section.owning("event"):
        timing.check()
    return timing


def read_minutes(section: Section, key: str, *default: float) -> timedelta:
    """Read a number of minutes."""
    return _to_span(section, key, minutes=section.number(key, *default))


def _to_span(section: Section, key: str, **unit: float) -> timedelta:
    try:
        return timedelta(**unit)
    except (OverflowError, ValueError) as error:  # of infinity and NaN, which TOML has
        ((name, value),) = unit.items()
        raise section.error(
            key, f"is {value}", f"it must be {name} of a century at most"
        ) from error
