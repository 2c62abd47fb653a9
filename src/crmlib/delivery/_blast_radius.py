"""How many a plan may reach that nobody has named a number for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from crmlib.delivery._schema import CAMPAIGNS, RUNS
from crmlib.exceptions import PlanTooLargeError
from crmlib.messages import Decision

if TYPE_CHECKING:
    from crmlib.campaigns import Plan
    from crmlib.delivery._store import Store

FIRST_MOST: Final = 10_000
"""Most messages of the first plan of a ledger."""
GROWTH: Final = 10
"""How many times as large as the largest so far a plan may be."""
ALWAYS_FREE: Final = 1_000
"""Plans up to this size are never refused."""


def check_size(store: Store, plan: Plan, digest: str, recipients: int | None) -> None:
    """Refuse a plan that reaches unusually many, unless *recipients* is how many.

    What has begun goes on; it was let through when it began.

    Raises
    ------
    PlanTooLargeError
        If it is larger than its own limit, or than ten times the largest so
        far, and not named; or if the number that is named is another.
    """
    planned = int((plan.table["decision"] == Decision.SEND).sum())
    if recipients is not None:
        if recipients != planned:
            raise PlanTooLargeError(
                plan.campaign, planned, recipients, "the number that was named"
            )
        return
    most, why = _allowed(store, plan, digest)
    if most is not None and planned > most:
        raise PlanTooLargeError(plan.campaign, planned, most, why)


def _allowed(store: Store, plan: Plan, digest: str) -> tuple[int | None, str]:
    """Give how many may be reached and why so many; None for one that has begun."""
    with store.read() as connection:
        is_begun = connection.scalar(
            select(RUNS.c.id)
            .join(CAMPAIGNS)
            .where(CAMPAIGNS.c.name == plan.campaign, RUNS.c.digest == digest)
        )
        largest = connection.scalar(select(func.max(RUNS.c.planned)))
    if is_begun is not None:
        return None, ""
    own = plan.header.get("limits", {}).get("most_recipients")
    if own is not None:
        return int(own), "the limit of its campaign"
    if largest is None:
        return FIRST_MOST, "the most that a first plan may reach unnamed"
    if largest * GROWTH <= ALWAYS_FREE:
        return ALWAYS_FREE, "always free"
    return largest * GROWTH, f"{GROWTH} times the largest plan of this ledger so far"
