"""Why a rule fits a customer, or why not, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from crmlib.segmenters._condition import Comparison, Group, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmlib.segmenters._rule import Rule


def explain_rules(rules: Sequence[Rule], row: pd.DataFrame) -> str:
    """Say which of *rules* fits the customer in *row*, and why those before it do not."""
    for place, rule in enumerate(rules, start=1):
        if _holds(rule.whole, row):
            told = [f"rule {place} of {len(rules)}: {_why(rule.whole, row)}"]
            return "; ".join(told + [_refusal(other, row) for other in rules[: place - 1]])
    return "; ".join(["no rule fits", *(_refusal(rule, row) for rule in rules)])


def _refusal(rule: Rule, row: pd.DataFrame) -> str:
    return f"not {rule.name!r}: {_why_not(rule.whole, row)}"


def _why(condition: Comparison | Group, row: pd.DataFrame) -> str:
    """Say what makes *condition* hold."""
    if isinstance(condition, Comparison):
        return _tell(condition, row)
    if condition.word == "any":
        return _why(next(part for part in condition.parts if _holds(part, row)), row)
    return ", ".join(_why(part, row) for part in condition.parts)


def _why_not(condition: Comparison | Group, row: pd.DataFrame) -> str:
    """Say what *condition* fails of: the first of those that all must hold."""
    if isinstance(condition, Comparison):
        return _tell(condition, row, "needs ")
    if condition.word == "any":
        return " and ".join(_why_not(part, row) for part in condition.parts)
    return _why_not(next(part for part in condition.parts if not _holds(part, row)), row)


def _tell(leaf: Comparison, row: pd.DataFrame, needs: str = "") -> str:
    """Say what the customer's value is, and what it is compared with."""
    value = row[leaf.column].iloc[0]
    is_what = "is not known" if pd.isna(value) else f"is {_show_cell(value)}"
    return f"{leaf.column} {is_what} ({needs}{leaf.operator} {show(leaf.value)})"


def _show_cell(value: object) -> str:
    plain = value.item() if isinstance(value, np.generic) else value
    whole = isinstance(plain, float) and plain.is_integer()
    return f"{plain:.0f}" if whole else show(plain)


def _holds(condition: Comparison | Group, row: pd.DataFrame) -> bool:
    frame = nw.from_native(row, eager_only=True)
    return bool(frame.select(holds=condition.expression())["holds"][0])
