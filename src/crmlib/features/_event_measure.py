"""One number or word that tells of a customer's events in a window."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, Self

import attrs

from crmlib.exceptions import InvalidParameterError, UnknownNameError
from crmlib.tables import EVENTS

Filter = tuple[tuple[str, tuple[Any, ...]], ...]

_COUNTED: Final = ("orders", *EVENTS)
_MEASURES: Final = {
    "count": ("orders", "lines", *EVENTS),
    "sum": ("amount", "quantity"),
    "first": None,
    "last": None,
    "days_since_first": _COUNTED,
    "days_since_last": _COUNTED,
}
"""What can be measured, and of what; None: of any column of order lines."""

_LONGEST: Final = 60  # bytes; PostgreSQL cuts the names of columns after 63
_MOST_DAYS: Final = 36_500
_WORDS: Final = re.compile(r"\b(where|is|and|or)\b")


def _freeze(where: object) -> Filter:
    """Turn a mapping of columns to a value or a list of values into tuples."""
    pairs = list(where.items()) if isinstance(where, Mapping) else where
    if not isinstance(pairs, list | tuple):
        raise InvalidParameterError("where", where, "a table such as {category = 'tops'}")
    return tuple((name, _to_tuple(values)) for name, values in pairs)


def _to_tuple(values: object) -> tuple[Any, ...]:
    return tuple(values) if isinstance(values, list | tuple | set | frozenset) else (values,)


def _check_kind(_: object, __: object, kind: str) -> None:
    if kind not in _MEASURES:
        raise UnknownNameError("measure of events", str(kind), list(_MEASURES))


def _check_of(measure: EventMeasure, _: object, of: str) -> None:
    known = _MEASURES[measure.kind]
    if not (isinstance(of, str) and of.strip()):
        raise InvalidParameterError(measure.kind, of, "a text, such as 'orders' or 'opened'")
    if known is not None and of not in known:
        raise UnknownNameError(f"{measure.kind} of", of, known)


def _check_where(_: object, __: object, where: Filter) -> None:
    for name, values in where:
        if not (isinstance(name, str) and name.strip()):
            raise InvalidParameterError("where", name, "columns of events and their values")
        kinds = {str if isinstance(value, str) else type(value) for value in values}
        plain = kinds <= {int, float} or kinds in ({str}, {bool})
        if not (values and plain and all(_is_finite(value) for value in values)):
            raise InvalidParameterError(
                f"where {name}", list(values), "a text, a number, true or false, or a list of such"
            )


def _check_days(_: object, __: object, days: int | None) -> None:
    whole = isinstance(days, int) and not isinstance(days, bool) and 1 <= days <= _MOST_DAYS
    if days is not None and not whole:
        raise InvalidParameterError("days", days, f"a whole number from 1 to {_MOST_DAYS:,}")


def _is_finite(value: object) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


@attrs.frozen
class EventMeasure:
    """What is measured of each customer's events: purchases, or reactions to messages.

    Parameters
    ----------
    kind : {"count", "sum", "first", "last", "days_since_first", "days_since_last"}
    of : str
        For ``count``: ``orders`` or ``lines`` with a purchase, or messages
        with an event (``sent``, ``opened``, ``clicked``, …), each once.  For
        ``sum``: ``amount``, in which refunds are negative, or ``quantity``.
        For ``first`` and ``last``: a column of order lines, such as
        ``sales_channel``, whose value at that purchase is told.  For days:
        ``orders`` or an event.
    where : mapping of str to value or list of values, default={}
        Only events that have one of these values in each of these columns.
    days : int, optional
        Only events of so many local days, of which the snapshot date is the
        last; by default all that were known at its end.

    Raises
    ------
    UnknownNameError
        If there is no such measure, or not of that.
    InvalidParameterError
        If *where* or *days* is not what it can be.

    Examples
    --------
    >>> EventMeasure("count", "orders", where={"category": "tops"}, days=90).column
    'orders_in_90_days_where_category_is_tops'
    >>> EventMeasure.from_dict({"days_since_last": "opened"}).column
    'days_since_last_opened'
    """

    kind: str = attrs.field(validator=_check_kind)
    of: str = attrs.field(validator=_check_of)
    where: Filter = attrs.field(default=(), converter=_freeze, validator=_check_where)
    days: int | None = attrs.field(default=None, validator=_check_days)

    @property
    def is_of_messages(self) -> bool:
        """Whether it is measured in engagements, and not in order lines."""
        return self.kind not in ("first", "last") and self.of in EVENTS

    @property
    def is_whole(self) -> bool:
        """Whether it is a whole number from 0 on, where it is known."""
        return self.kind == "count" or self.kind.startswith("days")

    @property
    def column(self) -> str:
        """The column that holds it, in a customers table of any engine.

        Letters, digits and underscores.  What these cannot tell apart, such
        as values with other signs or in capitals, a digest does.
        """
        of = "order" if self.kind.startswith("days") and self.of == "orders" else self.of
        text = of if self.kind in ("count", "sum") else f"{self.kind}_{of}"
        if self.days is not None:
            text += f"_in_{self.days}_days"
        elif self.kind in ("count", "sum"):
            text += "_ever"
        filters = [f"{name}_is_{'_or_'.join(map(str, values))}" for name, values in self.where]
        if filters:
            text += f"_where_{'_and_'.join(filters)}"
        name = re.sub(r"\W+", "_", text).casefold()
        if name == text and len(name.encode()) <= _LONGEST and self._is_plain():
            return name
        told = json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True)
        short = name.encode()[: _LONGEST - 9].decode(errors="ignore").rstrip("_")
        return f"{short}_{sha256(told.encode()).hexdigest()[:8]}"

    def to_dict(self) -> dict[str, Any]:
        """Give what :meth:`from_dict` reads."""
        told: dict[str, Any] = {self.kind: self.of}
        if self.where:
            told["where"] = {
                name: values[0] if len(values) == 1 else list(values)
                for name, values in self.where
            }
        return told if self.days is None else {**told, "days": self.days}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        """Read a measure as rules write it.

        Raises
        ------
        InvalidParameterError
            If it names no kind or several, or something that is not known.
        UnknownNameError
            As the class does.
        """
        kinds = [key for key in told if key in _MEASURES]
        strange = [key for key in told if key not in (*_MEASURES, "where", "days")]
        if strange:
            raise UnknownNameError(
                "key of a measure", str(strange[0]), [*_MEASURES, "where", "days"]
            )
        if len(kinds) != 1:
            raise InvalidParameterError("a measure", dict(told), f"one of {list(_MEASURES)}")
        return cls(kinds[0], told[kinds[0]], where=told.get("where", ()), days=told.get("days"))

    def _is_plain(self) -> bool:
        """Tell whether two measures of these words cannot have one name."""
        names = [self.of, *(name for name, _ in self.where)]
        values = [value for _, values in self.where for value in values]
        return not any(_WORDS.search(name.replace("_", " ")) for name in names) and all(
            isinstance(value, str) and value.isalnum() for value in values
        )
