"""One rule of a marketer: a name and the conditions for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import attrs

from crmlib.exceptions import InvalidParameterError, UnknownNameError

OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "in")
Condition = tuple[str, str, Any]


def _freeze(where: Iterable[Iterable[Any]]) -> tuple[Condition, ...]:
    """Turn lists, as they come from JSON or TOML, into tuples."""
    try:
        conditions = [tuple(condition) for condition in where]
        return tuple((column, operator, _freeze_value(v)) for column, operator, v in conditions)
    except (TypeError, ValueError) as error:
        raise InvalidParameterError(
            "where", where, "conditions such as ('gender', '==', 'female')"
        ) from error


def _freeze_value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list | set | frozenset) else value


def _check_name(_: Rule, __: object, name: str) -> None:
    if not (isinstance(name, str) and name.strip()):
        raise InvalidParameterError("name", name, "a text that is not blank")


def _check_where(rule: Rule, _: object, where: tuple[Condition, ...]) -> None:
    if not where:
        raise InvalidParameterError(f"rule {rule.name!r}", where, "one condition or more")
    for column, operator, value in where:
        if not isinstance(column, str):
            raise InvalidParameterError(f"rule {rule.name!r}", column, "the name of a column")
        if operator not in OPERATORS:
            raise UnknownNameError("operator", str(operator), OPERATORS)
        several = isinstance(value, Collection) and not isinstance(value, str)
        if several != (operator == "in") or value is None or value == ():
            expected = "a list that is not empty" if operator == "in" else "one value"
            raise InvalidParameterError(
                f"rule {rule.name!r}: {column} {operator}", value, expected
            )


@attrs.frozen
class Rule:
    """A segment and the conditions that all must hold for it.

    Parameters
    ----------
    name : str
        The segment.
    where : sequence of (column, operator, value)
        Conditions on columns of the customers table.  Operators are ``==``,
        ``!=``, ``<``, ``<=``, ``>``, ``>=`` and ``in`` (value: a list).

    Raises
    ------
    InvalidParameterError
        If the name is blank, or a condition is not of that form.
    UnknownNameError
        If an operator is not among these.

    Examples
    --------
    >>> Rule("Young women", [["gender", "==", "female"], ["age_band", "in", ["20s", "30s"]]]).where
    (('gender', '==', 'female'), ('age_band', 'in', ('20s', '30s')))
    """

    name: str = attrs.field(validator=_check_name)
    where: tuple[Condition, ...] = attrs.field(converter=_freeze, validator=_check_where)
