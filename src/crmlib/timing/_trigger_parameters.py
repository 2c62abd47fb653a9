"""What the parameters of a trigger can be."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from crmlib.exceptions import InvalidParameterError

if TYPE_CHECKING:
    from crmlib.timing._trigger import TriggerTiming

_DAY: Final = timedelta(days=1)
_MOST: Final = 36_525 * _DAY
_SPANS: Final = (
    ("after", timedelta(0), "a timedelta of 0 or more, at most a century"),
    ("expires_after", timedelta(microseconds=1), "a timedelta above 0, at most a century"),
    ("again_after", _DAY, "a timedelta of whole days, 1 or more, at most a century"),
)


def check_trigger(timing: TriggerTiming) -> None:
    """Refuse parameters that cannot be.

    Raises
    ------
    InvalidParameterError
        If one of them is another thing than it says.
    """
    for name, least, expected in _SPANS:
        span = getattr(timing, name)
        is_right = isinstance(span, timedelta) and least <= span <= _MOST
        if not is_right or (name == "again_after" and span % _DAY):
            raise InvalidParameterError(name, span, expected)
    if isinstance(timing.goals, str) or timing.trigger in timing.goals:
        expected = f"a list of events other than {timing.trigger!r}"
        raise InvalidParameterError("goals", timing.goals, expected)
