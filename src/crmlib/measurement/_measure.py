"""A plan and the orders that came after it → the lift."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

import attrs
import pandas as pd

from crmlib.exceptions import InvalidParameterError
from crmlib.measurement._arguments import check_share
from crmlib.measurement._arm_result import ArmResult
from crmlib.measurement._conversion import estimate_conversion_difference, estimate_relative_lift
from crmlib.measurement._lift_result import FEW_BUYERS, LiftResult
from crmlib.measurement._means import estimate_mean_difference
from crmlib.measurement._outcomes import outcomes_of, read_text_ids
from crmlib.measurement._sample_ratio import SampleRatioCheck, check_sample_ratio
from crmlib.measurement._sequence import sequence_half_width
from crmlib.messages import Decision, Outcome
from crmlib.tables import check_aware, check_transactions, find_currency

if TYPE_CHECKING:
    from datetime import datetime

    from crmlib.campaigns import Plan
    from crmlib.delivery import Ledger
    from crmlib.measurement._estimate import Estimate

_LONGEST_DAYS = 3650


def measure(
    plan: Plan,
    ledger: Ledger | None,
    later_orders: pd.DataFrame,
    *,
    window_days: float = 14,
    alpha: float = 0.05,
    observed_until: datetime | None = None,
) -> LiftResult:
    """Compare what those sent to and those held out bought afterwards.

    The arms are those of the plan (intention to treat).  For each customer of
    both arms, purchases count from the planned moment, included, until
    *window_days* later, excluded.  A customer converts with at least one
    order that holds a line of positive amount; spend is the net sum of the
    lines, returns included.

    Parameters
    ----------
    plan : Plan
        What was decided; the hold-out of the plan is the control.
    ledger : Ledger or None
        What was delivered; only tells how many messages were accepted.
    later_orders : DataFrame of shape (n_lines, n_columns)
        The canonical transactions table of :attr:`crmlib.tables.Orders.table`
        with what was ordered since; lines outside all windows do no harm.
        Ids that are numbers are read as text, as those of the plan are.
    window_days : float, default=14
        Days; more than 0, at most 3,650.
    alpha : float, default=0.05
        The share of intervals that miss the truth.
    observed_until : datetime, optional
        Aware; up to when *later_orders* is complete.  By default the instant
        of its last line, which errs on the safe side.  Customers whose window
        ends later are counted as undecided and compared in neither arm.

    Returns
    -------
    LiftResult

    Raises
    ------
    MissingColumnsError
        If *later_orders* lacks a column.
    InvalidTableError
        If an instant of it is missing or naive, or an amount is not finite.
    UnknownNameError
        If *ledger* does not know the campaign: nothing was delivered from it.
    InvalidParameterError
        If a number is out of range or *observed_until* has no zone.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlib.campaigns import PLAN_COLUMNS, Plan
    >>> same = dict.fromkeys(PLAN_COLUMNS) | {
    ...     "channel": "smtp", "medium": "email", "message": "Hello", "night_consent": False,
    ...     "send_at": "2026-07-01T09:00Z", "not_after": "2026-07-08T09:00Z",
    ... }
    >>> table = pd.DataFrame(
    ...     [same | {"message_key": f"k{i}", "address": f"{i}@example.com",
    ...              "decision": "hold-out" if i < 50 else "send"} for i in range(250)],
    ...     index=[f"C{i:03}" for i in range(250)],
    ... )
    >>> header = {
    ...     "format": "crmlib.plan/1", "campaign": "winback", "purpose": "advertising",
    ...     "created_at": "2026-07-01T00:00:00Z", "not_after": "2026-07-08T09:00:00Z",
    ...     "policy": {}, "sender": None, "channels": ["smtp"],
    ...     "holdout": {"share": 0.2, "salt": "winback"},
    ... }
    >>> buyers = [*range(10, 22), *range(50, 142)]
    >>> orders = pd.DataFrame({
    ...     "customer_id": [f"C{i:03}" for i in buyers], "order_id": [f"O{i}" for i in buyers],
    ...     "ordered_at": pd.Timestamp("2026-07-03T12:00Z"), "amount": 20.0,
    ... })
    >>> until = pd.Timestamp("2026-07-20T00:00Z")
    >>> plan = Plan(header=header, table=table)
    >>> result = measure(plan, None, orders, observed_until=until)
    >>> round(result.conversion_difference.value, 4), round(result.extra_buyers)
    (0.22, 44)
    """
    check_share("alpha", alpha)
    if not 0 < window_days <= _LONGEST_DAYS:
        raise InvalidParameterError(
            "window_days", window_days, f"more than 0 and at most {_LONGEST_DAYS} days"
        )
    check_transactions("later_orders", later_orders)
    later_orders = later_orders.assign(customer_id=read_text_ids(later_orders["customer_id"]))
    until, window = _observed_until(later_orders, observed_until), pd.Timedelta(days=window_days)
    outcomes = outcomes_of(plan.table, later_orders, window, until)
    treated = outcomes[outcomes["decision"] == Decision.SEND]
    control = outcomes[outcomes["decision"] == Decision.HOLD_OUT]
    accepted = _accepted(plan, ledger, treated, control)
    t, c = _arm(treated, accepted[0]), _arm(control, accepted[1])
    conversion = estimate_conversion_difference(
        t.buyers, t.decided, c.buyers, c.decided, alpha=alpha
    )
    spend = estimate_mean_difference(
        treated.loc[treated["decided"], "spend"],
        control.loc[control["decided"], "spend"],
        alpha=alpha,
    )
    relative = estimate_relative_lift(t.buyers, t.decided, c.buyers, c.decided, alpha=alpha)
    if t.waits or c.waits:
        reason = "the windows are not over yet"
        conversion, relative, spend = (
            attrs.evolve(estimate, reason=reason) for estimate in (conversion, relative, spend)
        )
    ratio = _check_ratio(plan, t, c)
    strangers = _count_strangers(plan.table, later_orders, outcomes["send_at"], window)
    last = outcomes["send_at"].max() + window
    seen, planned = t.decided + c.decided, t.customers + c.customers
    return LiftResult(
        campaign=plan.campaign,
        window_days=window_days,
        alpha=alpha,
        observed_until=None if until is None else until.to_pydatetime(warn=False),
        complete_at=last.to_pydatetime(warn=False) if len(outcomes) else None,
        currency=find_currency(later_orders),
        treated=t,
        control=c,
        conversion_difference=conversion,
        conversion_difference_anytime=_anytime(conversion, seen, planned),
        relative_lift=relative,
        spend_difference=spend,
        spend_difference_anytime=_anytime(spend, seen, planned),
        sample_ratio=ratio,
        notes=tuple(_notes(t, c, ratio, strangers)),
    )


def _observed_until(orders: pd.DataFrame, given: datetime | None) -> pd.Timestamp | None:
    if given is not None:
        return pd.Timestamp(check_aware("observed_until", given)).tz_convert("UTC")
    return orders["ordered_at"].max() if len(orders) else None


def _count_strangers(
    table: pd.DataFrame, orders: pd.DataFrame, send_at: pd.Series[Any], window: pd.Timedelta
) -> int:
    """Count who ordered while windows were open, if the plan knows none of them."""
    ordered_at = orders["ordered_at"]
    is_open = (ordered_at >= send_at.min()) & (ordered_at < send_at.max() + window)
    customers = orders.loc[is_open, "customer_id"].dropna()
    return 0 if customers.isin(table.index).any() else int(customers.nunique())


def _accepted(
    plan: Plan, ledger: Ledger | None, treated: pd.DataFrame, control: pd.DataFrame
) -> tuple[int | None, int | None]:
    if ledger is None:
        return None, None
    deliveries = ledger.deliveries(plan.campaign)
    keys = deliveries.loc[deliveries["state"] == Outcome.ACCEPTED, "message_key"]
    return (
        int(treated["message_key"].isin(keys).sum()),
        int(control["message_key"].isin(keys).sum()),
    )


def _arm(outcomes: pd.DataFrame, accepted: int | None) -> ArmResult:
    decided = outcomes[outcomes["decided"]]
    return ArmResult(
        customers=len(outcomes),
        decided=len(decided),
        buyers=int(decided["bought"].sum()),
        spend_per_customer=float(decided["spend"].mean()) if len(decided) else None,
        accepted=accepted,
    )


def _anytime(once: Estimate, seen: int, planned: int) -> Estimate:
    """Give *once* with the interval of a confidence sequence in place of its own."""
    if once.value is None or once.standard_error is None:
        return once
    half = sequence_half_width(
        once.standard_error * sqrt(seen), seen, planned=planned, alpha=once.alpha
    )
    interval = (once.value - half, once.value + half)
    return attrs.evolve(once, interval=interval, statistic=None, p_value=None)


def _check_ratio(plan: Plan, treated: ArmResult, control: ArmResult) -> SampleRatioCheck | None:
    share = float(plan.header["holdout"]["share"])
    if not 0 < share < 1 or treated.customers + control.customers == 0:
        return None
    return check_sample_ratio([treated.customers, control.customers], [1 - share, share])


def _notes(
    treated: ArmResult, control: ArmResult, ratio: SampleRatioCheck | None, strangers: int
) -> list[str]:
    notes = []
    if strangers:
        notes.append(
            f"none of the {strangers:,} customers who ordered in these windows is in the plan; "
            "find out whether both write customer ids alike before you trust any number"
        )
    waits = treated.waits or control.waits
    if (undecided := treated.undecided + control.undecided) and not waits:
        notes.append(
            f"{undecided:,} customers are not counted, their window was not over when the "
            "orders end"
        )
    if control.accepted:
        notes.append(f"{control.accepted:,} of the hold-out were sent a message all the same")
    arms = (("those sent to", treated), ("the hold-out", control))
    for words, arm in arms:
        if arm.decided and not waits and min(arm.buyers, arm.decided - arm.buyers) < FEW_BUYERS:
            notes.append(
                f"of {words}, {arm.buyers:,} of {arm.decided:,} bought; with fewer than "
                f"{FEW_BUYERS} on either side intervals are rough"
            )
    if ratio is not None and ratio.is_off:
        notes.append(
            f"the arms do not have the planned sizes (p = {ratio.p_value:.1g}); find out why "
            "before you trust the lift"
        )
    return notes
