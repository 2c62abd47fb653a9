"""What each picture shows, as numbers: drawn, put into words and listed from one source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidTableError
from crmlib.messages import REASON_WORDS, Decision
from crmlib.tables import check_columns, check_transactions, find_orders

if TYPE_CHECKING:
    from crmlib.campaigns import Plan


def segment_shares(customers: pd.DataFrame, segments: pd.Series[str]) -> pd.DataFrame:
    """Give customers and money of each segment, the most money first.

    Returns
    -------
    DataFrame of shape (n_segments, 5), indexed by segment
        ``customers``, ``money``, ``customer_share``, ``money_share`` (of all,
        NaN if all money is 0 or less) and ``money_per_customer``.
    """
    check_columns("customers", customers, ["monetary_value"])
    names = segments.reindex(customers.index).astype(object).fillna("no segment")
    if not len(names):
        raise InvalidTableError("customers", "holds no rows", "give at least one customer")
    by_segment = customers["monetary_value"].groupby(names.to_numpy())
    table = pd.DataFrame({"customers": by_segment.size(), "money": by_segment.sum()})
    table = table.sort_values(["money", "customers"], ascending=False)
    total = table["money"].sum()
    table["customer_share"] = table["customers"] / table["customers"].sum()
    table["money_share"] = table["money"] / total if total > 0 else np.nan
    table["money_per_customer"] = table["money"] / table["customers"]
    return table


def order_hours(transactions: pd.DataFrame, timezone: str) -> pd.DataFrame:
    """Count orders by local weekday and hour.

    Returns
    -------
    DataFrame of shape (7, 24)
        Rows 0 (Monday) to 6, columns 0 to 23; orders with a purchase, each
        at its first.
    """
    check_transactions("transactions", transactions)
    local = find_orders(transactions).dt.tz_convert(timezone)
    places = 24 * local.dt.day_of_week.to_numpy() + local.dt.hour.to_numpy()
    return pd.DataFrame(np.bincount(places, minlength=7 * 24).reshape(7, 24))


def funnel_steps(plan: Plan) -> pd.DataFrame:
    """Give the steps from everybody looked at to those sent to.

    Returns
    -------
    DataFrame of shape (n_steps, 4)
        ``label``, ``kind`` (``all``, ``held``, ``hold-out``, ``send``),
        ``customers``, ``start`` (where the step begins, in customers).
    """
    counts = plan.counts()
    rows = [("looked at", "all", len(plan.table))]
    held = counts[counts["decision"] == Decision.HELD]
    rows += [
        (REASON_WORDS.get(reason, str(reason)), "held", customers)
        for reason, customers in zip(held["reason"], held["customers"], strict=True)
    ]
    decided = counts.groupby("decision")["customers"].sum()
    rows += [
        ("held out to measure", "hold-out", int(decided.get(Decision.HOLD_OUT, 0))),
        ("sent to", "send", int(decided.get(Decision.SEND, 0))),
    ]
    steps = pd.DataFrame(rows, columns=["label", "kind", "customers"])
    taken = steps["customers"].where(steps["kind"].isin(["held", "hold-out"]), 0).cumsum()
    starts = len(plan.table) - taken
    return steps.assign(start=starts.where(steps["kind"].isin(["held", "hold-out"]), 0))


def send_hours(plan: Plan) -> pd.Series[int]:
    """Count the messages of *plan* by the recipients' local hour, 0 to 23."""
    sent = plan.table.loc[plan.table["decision"] == Decision.SEND, ["send_at", "timezone"]]
    hours = pd.Series(0, index=range(24), dtype="int64")
    for zone, rows in sent.groupby(sent["timezone"].fillna("UTC")):
        local = rows["send_at"].dt.tz_convert(str(zone))
        hours = hours.add(local.dt.hour.value_counts(), fill_value=0)
    return hours.astype("int64")
