"""What to talk about with a segment: what it buys more than the others, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import false_discovery_control, norm

from crmlib.exceptions import InvalidParameterError, InvalidTableError
from crmlib.planners._purchases import keep_purchases
from crmlib.planners._theme_traits import list_traits
from crmlib.tables import get_zone

if TYPE_CHECKING:
    from collections.abc import Collection

PRIOR_CUSTOMERS = 50.0
"""Customers of the prior: so many who buy as everybody does are added to each side."""

HALF = 0.5
"""Added to who has a trait and who has not, so that no odds are infinite."""

SURE = 0.05
"""Share of false finds among those that are called sure."""

_INTERVAL = float(ndtri(0.975))


def suggest_themes(
    transactions: pd.DataFrame,
    members: Collection[object],
    *,
    n: int = 20,
    recent_days: int = 90,
    timezone: str = "UTC",
) -> pd.DataFrame:
    """Rank what a segment buys more than the other customers, or takes up lately.

    Traits of purchases are compared: category, product, price level, season,
    sales channel, hours and weekday, as far as there are columns for them.
    Each customer counts as one, however much it buys: its purchases are
    shares that sum to 1.  The log-odds of a trait in the segment against the
    rest are drawn towards 0 by an informative Dirichlet prior [1]_, in which
    50 customers who buy as everybody does stand on each side.  *Newly* is how
    much more that difference is in the last days than it was before.

    Parameters
    ----------
    transactions : DataFrame of shape (n_lines, n_columns)
        Canonical order lines of all customers.
    members : collection of customer ids
        The segment, such as ``segments.index[segments == "At Risk"]``.
    n : int, default=20
        Most rows to give.
    recent_days : int, default=90
        What counts as lately, in days before the last purchase.
    timezone : str, default="UTC"
        IANA zone of hours, weekdays and seasons.

    Returns
    -------
    DataFrame of shape (at most n, 12)
        ``finding`` ("over-buys" or "newly buys"), ``kind``, ``value``,
        ``customers`` (of the segment, with the trait), ``share`` and
        ``rest_share`` (0 to 1; of the recent days for "newly buys"), ``lift``
        (their ratio), ``log_odds`` with its 95 % interval ``low`` and
        ``high``, ``q_value`` (Benjamini and Hochberg over all traits looked
        at) and ``is_sure`` (it is at most .05), by ``low``, the highest
        first.  Traits that the segment buys less are not listed.

    Raises
    ------
    InvalidParameterError
        If *n* or *recent_days* is below 1, or there is no such zone.
    MissingColumnsError
        If a needed column is missing.
    InvalidTableError
        If there are no purchases, or none of the segment or of the rest.

    Notes
    -----
    The intervals are a normal approximation, and wide of the mark on the safe
    side: a customer with several purchases varies less than one with one.  A
    segment that was cut by a trait will of course show it.

    References
    ----------
    .. [1] B. Monroe, M. Colaresi and K. Quinn, "Fightin' Words", *Political
       Analysis* 16, 2008, equations 16 and 22.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlib.planners import suggest_themes
    >>> orders = pd.DataFrame({
    ...     "customer_id": range(200), "amount": 1.0, "product_id": "x",
    ...     "ordered_at": pd.date_range("2026-01-01", periods=200, freq="7h", tz="UTC"),
    ...     "category": ["tops"] * 80 + ["shoes"] * 120,
    ... })
    >>> themes = suggest_themes(orders, members=range(100))
    >>> themes.loc[0, ["finding", "kind", "value"]].to_list()
    ['over-buys', 'category', 'tops']
    """
    for name, value in (("n", n), ("recent_days", recent_days)):
        if value < 1:
            raise InvalidParameterError(name, value, "1 or more")
    get_zone(timezone)
    bought = keep_purchases(transactions)
    is_member = bought["customer_id"].isin(list(members)).to_numpy()
    if is_member.all() or not is_member.any():
        whose = "the rest" if is_member.all() else "the segment"
        raise InvalidTableError(
            "transactions", f"holds no purchase of {whose}", "pass the customer_ids of a segment"
        )
    traits = list_traits(bought, timezone)
    last = bought["ordered_at"].max()
    recent = (bought["ordered_at"] > last - pd.Timedelta(days=recent_days)).to_numpy()
    everything = np.ones(len(bought), dtype=bool)
    over = _compare(traits, bought, is_member, everything)
    found = {"over-buys": over}
    # Nothing is new to whom nothing is known from before.
    if (is_member & ~recent).any() and (~is_member & ~recent).any():
        found["newly buys"] = _compare_newly(traits, bought, is_member, recent)
    return _judge(pd.concat(found, names=["finding"])).head(n)


def _compare_newly(
    traits: pd.DataFrame, bought: pd.DataFrame, is_member: Any, recent: Any
) -> pd.DataFrame:
    """Give how much more the segment differs in the recent days than before."""
    late = _compare(traits, bought, is_member, recent)
    before = _compare(traits, bought, is_member, ~recent).reindex(late.index)
    newly = late.assign(
        log_odds=late["log_odds"] - before["log_odds"].fillna(0),
        variance=late["variance"] + before["variance"].fillna(0),
    )
    # The season is new to everybody.
    return newly[newly.index.get_level_values("kind") != "season"]


def _compare(
    traits: pd.DataFrame, bought: pd.DataFrame, is_member: Any, is_in: Any
) -> pd.DataFrame:
    """Give share, log-odds and variance of each trait, by kind and value."""
    lines = pd.DataFrame({"customer_id": bought["customer_id"].to_numpy(), "is_member": is_member})
    counted = traits[is_in[traits["line"].to_numpy()]]
    counted = counted.join(lines, on="line").drop_duplicates(
        ["kind", "value", "customer_id", "day"]
    )
    of_kind = counted.groupby(["kind", "customer_id"])["day"].transform("size")
    counted = counted.assign(weight=1 / of_kind)
    grouped = counted.groupby(["kind", "value", "is_member"])
    weights = grouped["weight"].sum().unstack(fill_value=0.0)  # noqa: PD010 -- a Series
    weights = weights.reindex(columns=[True, False], fill_value=0.0)
    of_side = counted.groupby(["kind", "is_member"])["customer_id"].nunique()
    sizes = of_side.unstack(fill_value=0)  # noqa: PD010 -- a Series
    sizes = sizes.reindex(columns=[True, False], fill_value=0)
    sizes = sizes.reindex(weights.index.get_level_values("kind"))
    mine, theirs = weights[True].to_numpy(), weights[False].to_numpy()
    n_mine, n_theirs = sizes[True].to_numpy(float), sizes[False].to_numpy(float)
    prior = PRIOR_CUSTOMERS * (mine + theirs) / (n_mine + n_theirs)
    with_it, without = (
        [y + prior + HALF for y in (mine, theirs)],
        [n - y + PRIOR_CUSTOMERS - prior + HALF for y, n in ((mine, n_mine), (theirs, n_theirs))],
    )
    buyers = counted[counted["is_member"]].groupby(["kind", "value"])["customer_id"].nunique()
    return pd.DataFrame(
        {
            "customers": buyers.reindex(weights.index, fill_value=0),
            "share": mine / np.maximum(n_mine, 1),
            "rest_share": theirs / np.maximum(n_theirs, 1),
            "log_odds": np.log(with_it[0] / without[0]) - np.log(with_it[1] / without[1]),
            "variance": 1 / with_it[0] + 1 / with_it[1],
        },
        index=weights.index,
    )


def _judge(found: pd.DataFrame) -> pd.DataFrame:
    """Put intervals and q-values to the differences, and sort them."""
    error = np.sqrt(found["variance"])
    chance = norm.sf(found["log_odds"] / error)
    table = found.drop(columns="variance").assign(
        lift=found["share"] / found["rest_share"].where(found["rest_share"] > 0),
        low=found["log_odds"] - _INTERVAL * error,
        high=found["log_odds"] + _INTERVAL * error,
        q_value=false_discovery_control(chance),
    )
    table["is_sure"] = table["q_value"] <= SURE
    table = table[table["log_odds"] > 0].reset_index()
    order = ["low", "finding", "kind", "value"]
    table = table.sort_values(order, ascending=[False, False, True, True], ignore_index=True)
    columns = ["finding", "kind", "value", "customers", "share", "rest_share", "lift"]
    return table[[*columns, "log_odds", "low", "high", "q_value", "is_sure"]]
