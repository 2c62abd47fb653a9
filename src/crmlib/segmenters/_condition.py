"""Conditions on one customer: comparisons of columns, and what joins them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import reduce
from operator import and_, eq, ge, gt, le, lt, ne, or_
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import attrs
import narwhals.stable.v2 as nw
import numpy as np

from crmlib.exceptions import InvalidParameterError, UnknownNameError
from crmlib.features import EventMeasure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OPPOSITES: Final = MappingProxyType(
    {
        "==": "!=",
        "!=": "==",
        "<": ">=",
        "<=": ">",
        ">": "<=",
        ">=": "<",
        "in": "not in",
        "not in": "in",
    }
)
COMPARE: Final[MappingProxyType[str, Callable[[Any, Any], Any]]] = MappingProxyType(
    {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
)
INSTANT: Final = "as in 2026-05-01T00:00:00+09:00, unquoted in TOML"
"""How an instant is written."""
_ONE: Final = f"a text, a number, true or false, or an instant with its offset ({INSTANT})"
_SEVERAL: Final = "a list of texts, of numbers or of truth values that is not empty"
_CONDITION: Final = (
    "a condition such as ['gender', '==', 'female'], {any = [...]}, {all = [...]} or {not = ...}"
)


@attrs.frozen
class Comparison:
    """What a column, or a measure of events, is compared with.

    A value that is missing, or not a number, meets no comparison.
    """

    subject: str | EventMeasure
    operator: str
    value: Any

    @property
    def column(self) -> str:
        """The column that is compared."""
        return self.subject.column if isinstance(self.subject, EventMeasure) else self.subject

    @property
    def values(self) -> tuple[Any, ...]:
        """What it is compared with; several values with ``in``."""
        return self.value if isinstance(self.value, tuple) else (self.value,)

    @property
    def kind(self) -> str:
        """What the column has to hold: number, text, truth value or instant."""
        return kind_of(self.values[0])

    def settle(self, *, holds: bool = True) -> Comparison:
        """Give the comparison that is met where this one is known to hold, or not to."""
        return self if holds else attrs.evolve(self, operator=OPPOSITES[self.operator])

    def leaves(self) -> Iterator[Comparison]:
        """Give all comparisons."""
        yield self

    def to_data(self) -> Any:
        """Give what :func:`read_condition` reads."""
        subject = self.subject
        told = subject.to_dict() if isinstance(subject, EventMeasure) else subject
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return [told, self.operator, value]

    def expression(self) -> nw.Expr:
        """Say who meets it; never null."""
        column = nw.col(self.column)
        known = ~column.is_null()
        if self.kind == "number":
            known &= column <= math.inf  # NaN is larger than all numbers, or not like any
        if self.operator not in ("in", "not in"):
            compared: nw.Expr = COMPARE[self.operator](column, self.value)
            return known & compared
        if self.kind == "text":
            found = column.is_in(self.value)
        else:  # a list of numbers of one type, and a column of another, fail on some engines
            found = reduce(or_, (column == value for value in self.value))
        return known & (found if self.operator == "in" else ~found)

    def __str__(self) -> str:
        return f"{self.column} {self.operator} {show(self.value)}"


@attrs.frozen
class Group:
    """Conditions of which all or any must hold."""

    word: str
    parts: tuple[Any, ...]

    def settle(self, *, holds: bool = True) -> Group:
        """Give the group without ``not`` that is met where this one is known to hold, or not."""
        word = self.word if holds else {"all": "any", "any": "all"}[self.word]
        return Group(word, tuple(part.settle(holds=holds) for part in self.parts))

    def leaves(self) -> Iterator[Comparison]:
        """Give all comparisons."""
        for part in self.parts:
            yield from part.leaves()

    def to_data(self) -> Any:
        """Give what :func:`read_condition` reads."""
        return {self.word: [part.to_data() for part in self.parts]}

    def expression(self) -> nw.Expr:
        """Say who meets it; never null."""
        join = and_ if self.word == "all" else or_
        joined: nw.Expr = reduce(join, (part.expression() for part in self.parts))
        return joined

    def __str__(self) -> str:
        told = [
            f"({p})" if isinstance(p, Group) and len(p.parts) > 1 else str(p) for p in self.parts
        ]
        return {"all": " and ", "any": " or "}[self.word].join(told)


@attrs.frozen
class Not:
    """A condition that must be known not to hold."""

    part: Condition

    def settle(self, *, holds: bool = True) -> Comparison | Group:
        """Give the condition without ``not`` that is met where this one is known to hold."""
        return self.part.settle(holds=not holds)

    def leaves(self) -> Iterator[Comparison]:
        """Give all comparisons."""
        return self.part.leaves()

    def to_data(self) -> Any:
        """Give what :func:`read_condition` reads."""
        return {"not": self.part.to_data()}

    def expression(self) -> nw.Expr:
        """Say who meets it; never null."""
        return self.settle().expression()

    def __str__(self) -> str:
        return f"not ({self.part})"


Condition = Comparison | Group | Not


def read_conditions(given: Any, place: str) -> tuple[Condition, ...]:
    """Read a list of conditions; *place* says in errors where it stands.

    Raises
    ------
    InvalidParameterError
        If it is no list, or one of them is no condition.
    UnknownNameError
        If there is no such operator, or measure of events.
    """
    if isinstance(given, str | Mapping) or not hasattr(given, "__iter__"):
        raise InvalidParameterError(place, given, "a list of conditions")
    listed = list(given)
    if not listed:
        raise InvalidParameterError(place, given, "one condition or more")
    return tuple(read_condition(each, f"{place}[{n}]") for n, each in enumerate(listed, start=1))


def read_condition(given: Any, place: str) -> Condition:
    """Read one condition; see :func:`read_conditions`."""
    if isinstance(given, Comparison | Group | Not):
        return given
    if isinstance(given, Mapping) and len(given) == 1:
        ((word, inner),) = given.items()
        if word in ("all", "any"):
            return Group(word, read_conditions(inner, f"{place}.{word}"))
        if word == "not":
            return Not(read_condition(inner, f"{place}.not"))
    if not isinstance(given, list | tuple) or len(given) != 3:  # noqa: PLR2004 -- column, operator, value
        raise InvalidParameterError(place, given, _CONDITION)
    subject, operator, value = given
    if not (isinstance(operator, str) and operator in OPPOSITES):
        raise UnknownNameError("operator", str(operator), list(OPPOSITES))
    return Comparison(_read_subject(subject, place), operator, _read_value(value, operator, place))


def _read_subject(subject: Any, place: str) -> str | EventMeasure:
    if isinstance(subject, Mapping):
        try:
            return EventMeasure.from_dict(subject)
        except InvalidParameterError as error:
            name = f"{place}: {error.name}"
            raise InvalidParameterError(name, error.value, error.expected) from error
    if isinstance(subject, EventMeasure) or (isinstance(subject, str) and subject.strip()):
        return subject
    raise InvalidParameterError(place, subject, "the name of a column, or a measure of events")


def _read_value(given: Any, operator: str, place: str) -> Any:
    """Give what is compared with, as plain values; a list as a tuple."""
    several = isinstance(given, list | tuple | set | frozenset)
    values = [_to_plain(value) for value in (given if several else [given])]
    kinds = {kind_of(value) for value in values}
    if several != (operator in ("in", "not in")) or len(kinds) != 1 or "nothing" in kinds:
        expected = _SEVERAL if operator in ("in", "not in") else _ONE
        raise InvalidParameterError(f"{place}: the value of {operator}", given, expected)
    if several and "instant" in kinds:
        raise InvalidParameterError(f"{place}: the value of {operator}", given, _SEVERAL)
    if kinds == {"truth value"} and operator in ("<", "<=", ">", ">="):
        raise InvalidParameterError(f"{place}: the value of {operator}", given, "no truth value")
    return tuple(dict.fromkeys(values)) if several else values[0]


def _to_plain(value: Any) -> Any:
    """Give *value* without numpy and pandas; instants in UTC."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, datetime) and kind_of(value) == "instant":
        return datetime.fromisoformat(value.isoformat()).astimezone(UTC)
    return value


def kind_of(value: Any) -> str:
    """Say what *value* is; ``nothing`` if nobody can be compared with it."""
    if isinstance(value, bool):
        return "truth value"
    if isinstance(value, int | float) and math.isfinite(value):
        return "number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, datetime) and value == value and value.utcoffset() is not None:  # noqa: PLR0124 -- NaT
        return "instant"
    return "nothing"


def show(value: Any) -> str:
    """Give *value* as a person reads it."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(show, value))}]"
    if isinstance(value, date):
        return value.isoformat()
    return repr(value)
