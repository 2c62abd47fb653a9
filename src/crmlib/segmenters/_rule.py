"""One rule of a marketer: a name and the conditions for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import attrs

from crmlib.exceptions import InvalidParameterError
from crmlib.features import EventMeasure
from crmlib.segmenters._condition import Condition, Group, read_conditions
from crmlib.segmenters._rule_logic import Axes, find_dead

if TYPE_CHECKING:
    from collections.abc import Mapping


def _read_where(where: Any, rule: Any) -> tuple[Condition, ...]:
    return read_conditions(where, f"rule {rule.name!r}: where")


def _check_name(_: Rule, __: object, name: str) -> None:
    if not (isinstance(name, str) and name.strip()):
        raise InvalidParameterError("name", name, "a text that is not blank")


def _check_where(rule: Rule, _: object, where: tuple[Condition, ...]) -> None:
    whole = Group("all", where).settle()
    if dead := find_dead(whole, Axes([(rule.name, whole)])):
        raise InvalidParameterError(
            f"rule {rule.name!r}", str(dead), "of conditions that a customer can meet together"
        )


@attrs.frozen
class Rule:
    """A segment and the conditions that all must hold for it.

    Parameters
    ----------
    name : str
        The segment.
    where : sequence of conditions
        A condition is one of

        - ``[column, operator, value]`` on a column of the customers table.
          Operators are ``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, and
          ``in`` and ``not in`` (value: a list).  Values are texts, numbers,
          truth values, or instants with their offset;
        - ``[measure, operator, value]`` on the events of a customer: an
          :class:`crmlib.features.EventMeasure`, or what it is made from, such
          as ``{"count": "orders", "where": {"category": "tops"}, "days": 90}``;
        - ``{"all": [...]}`` or ``{"any": [...]}`` of conditions;
        - ``{"not": condition}``.

    Raises
    ------
    InvalidParameterError
        If the name is blank, a condition is not of that form, or no customer
        can meet some of them together.
    UnknownNameError
        If an operator or a measure is not among these.

    Notes
    -----
    A value that is missing meets no condition, not even ``!=``, and no
    ``not`` of one: of somebody whose gender is unknown nobody knows that it
    is not female.

    Examples
    --------
    >>> rule = Rule("Tops, and now quiet", [
    ...     [{"count": "orders", "where": {"category": "tops"}, "days": 90}, ">=", 2],
    ...     {"not": [{"count": "orders", "days": 30}, ">", 0]},
    ... ])
    >>> print(rule)
    orders_in_90_days_where_category_is_tops >= 2 and not (orders_in_30_days > 0)
    """

    name: str = attrs.field(validator=_check_name)
    where: tuple[Condition, ...] = attrs.field(
        converter=attrs.Converter(_read_where, takes_self=True),  # type: ignore[misc]  # not yet known to mypy
        validator=_check_where,
    )

    @property
    def measures(self) -> tuple[EventMeasure, ...]:
        """The measures of events that it compares, each once."""
        subjects = [leaf.subject for leaf in self.whole.leaves()]
        return tuple(dict.fromkeys(s for s in subjects if isinstance(s, EventMeasure)))

    @property
    def whole(self) -> Group:
        """All conditions as one, without ``not``."""
        return Group("all", self.where).settle()

    def to_dict(self) -> dict[str, Any]:
        """Give name and conditions as TOML and JSON can hold them."""
        return {"name": self.name, "where": [part.to_data() for part in self.where]}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        """Make the rule that :meth:`to_dict` described."""
        return cls(told["name"], told["where"])

    def __str__(self) -> str:
        return str(Group("all", self.where))
