"""The rules of :mod:`crmlib.tables` by which rows are set aside, as SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmlib.sources._scan_cells import literal
from crmlib.sources._scan_instants import in_years
from crmlib.sources._scan_lines import LARGEST_AMOUNT
from crmlib.tables import SetAsideReason
from crmlib.tables._rules import CANCELLED, RETURNED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SETTLED = "crm_settled"
"""Column that is not NULL where the order holds the return of a line, too."""

REPEATED = "crm_repeated"
"""Column that is not NULL where the line came before."""

IS_MONEY = f"amount > -{LARGEST_AMOUNT} AND amount < {LARGEST_AMOUNT}"
"""What holds for amounts that are finite and exact in minor units."""


@attrs.frozen(kw_only=True)
class ScanRule:
    """Why lines are set aside.

    Parameters
    ----------
    reason : SetAsideReason
    condition : str
        SQL that is true for these lines; it may be NULL for others.
    detail : str
        SQL of what was found.
    kept : str
        SQL that is true for all other lines.
    """

    reason: SetAsideReason
    condition: str
    detail: str
    kept: str = attrs.field()

    @kept.default
    def _negate(self) -> str:
        return f"NOT coalesce({self.condition}, false)"


def unreadable(*, aware: bool) -> list[ScanRule]:
    """Give the rules on what cannot be read, or has no order.

    Where all times are *aware*, their years are checked by these rules.
    """
    dated = in_years("ordered_at") if aware else "ordered_at IS NOT NULL"
    return [
        ScanRule(
            reason=SetAsideReason.UNREADABLE_ROW,
            condition="problem IS NOT NULL",
            detail="problem",
            kept="problem IS NULL",
        ),
        ScanRule(
            reason=SetAsideReason.MISSING_ORDER_ID,
            condition="order_id IS NULL",
            detail="'order_id is empty'",
            kept="order_id IS NOT NULL",
        ),
        ScanRule(
            reason=SetAsideReason.UNREADABLE_DATE,
            condition=f"ordered_at IS NULL OR NOT ({dated})",
            kept=dated,
            detail=_unless_empty("written_at", "ordered_at", "crm_no_date(written_at)"),
        ),
        ScanRule(
            reason=SetAsideReason.UNREADABLE_AMOUNT,
            condition="amount IS NULL OR isnan(amount)",
            kept="amount IS NOT NULL",
            detail=_unless_empty(
                "written_amount", "amount", "crm_quote(written_amount) || ' is no number'"
            ),
        ),
        ScanRule(
            reason=SetAsideReason.NON_FINITE_AMOUNT,
            condition=f"NOT ({IS_MONEY})",
            kept=IS_MONEY,
            detail="crm_quote(written_amount) || ' is no amount of money'",
        ),
    ]


def by_status(*, settled: bool) -> list[ScanRule]:
    """Give the rules on cancelled orders, and on sales of what was taken back.

    Where *settled*, such a sale stays if its order holds the return, too.
    """
    returned = f"{is_one_of(RETURNED)} AND amount >= 0"
    detail = "'status ' || crm_quote(status)"
    return [
        ScanRule(
            reason=SetAsideReason.CANCELLED_ORDER, condition=is_one_of(CANCELLED), detail=detail
        ),
        ScanRule(
            reason=SetAsideReason.RETURNED_LINE,
            condition=f"{returned} AND {SETTLED} IS NULL" if settled else returned,
            detail=detail,
        ),
    ]


def other_currency(wanted: str) -> ScanRule:
    """Give the rule on lines in another currency than *wanted*."""
    return ScanRule(
        reason=SetAsideReason.OTHER_CURRENCY,
        condition=f"upper(currency) <> {literal(wanted)}",
        detail=f"crm_quote(currency) || {literal(f' is not {wanted!r}')}",
    )


NON_PRODUCT = ScanRule(
    reason=SetAsideReason.NON_PRODUCT_LINE,
    condition="NOT is_product",
    detail="'product_id ' || crm_quote(product_id::VARCHAR)",
)
UNKNOWN_CUSTOMER = ScanRule(
    reason=SetAsideReason.UNKNOWN_CUSTOMER,
    condition="customer_id IS NULL",
    detail="'customer_id is empty'",
    kept="customer_id IS NOT NULL",
)
REFUND = ScanRule(
    reason=SetAsideReason.REFUND, condition="amount < 0", detail="'amount is negative'"
)
DUPLICATE = ScanRule(
    reason=SetAsideReason.DUPLICATE_LINE,
    condition=f"{REPEATED} IS NOT NULL",
    detail="'line_id ' || crm_quote(line_id::VARCHAR) || ' came before'",
)


def is_one_of(words: Iterable[str]) -> str:
    """Tell whether a status is one of *words*."""
    return f"status_word IN ({', '.join(map(literal, sorted(words)))})"


def is_used(rules: Sequence[ScanRule], *, typed: bool) -> str:
    """Give SQL that is true for lines to which none of *rules* applies.

    Where all cells are *typed*, DuckDB moves the parts of it down to the
    files, which saves time.  Where cells are read from text it must not, as
    they would be read twice; so it is one expression then.
    """
    if typed:
        return " AND ".join(rule.kept for rule in rules)
    cases = (f"WHEN {rule.condition} THEN false" for rule in rules)
    return f"CASE {' '.join(cases)} ELSE true END"


def first_reason(rules: Sequence[ScanRule]) -> str:
    """Give SQL of the first reason that holds; NULL for lines that are used."""
    cases = (f"WHEN {rule.condition} THEN {literal(str(rule.reason))}" for rule in rules)
    return f"CASE {' '.join(cases)} END"


def first_detail(rules: Sequence[ScanRule]) -> str:
    """Give SQL of what was found."""
    cases = (f"WHEN {rule.condition} THEN {rule.detail}" for rule in rules)
    return f"CASE {' '.join(cases)} END"


def _unless_empty(written: str, name: str, detail: str) -> str:
    """Give SQL of *detail*, and that column *name* is empty where nothing is written."""
    return f"CASE WHEN {written} IS NULL THEN '{name} is empty' ELSE {detail} END"
