"""Which buyers a brand knows, by the channel where they bought."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import pandas as pd

from crmlib.messages import Purpose
from crmlib.policies import last_words
from crmlib.tables import check_aware, check_columns

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

ADDRESS_OF: Final[Mapping[str, str]] = MappingProxyType(
    {"email": "email", "sms": "phone", "kakao": "phone", "whatsapp": "phone"}
)
"""The column of a profile that each medium writes to."""

_NO_CHANNEL: Final = "unnamed"


def find_reachable(
    profiles: pd.DataFrame, consents: pd.DataFrame, *, now: datetime
) -> pd.Index[str]:
    """Give the ids of those who may be sent advertising, and can be.

    Parameters
    ----------
    profiles : DataFrame of shape (n_profiles, n_columns)
        ``customer_id``, and ``email`` or ``phone``.
    consents : DataFrame of shape (n_events, n_columns)
        The canonical table.
    now : datetime
        Aware; later events are not known yet.

    Returns
    -------
    Index of str
        Each once: of those who by their last word consent to advertising on
        a medium whose address is in their profile.

    Raises
    ------
    MissingColumnsError, InvalidTableError, InvalidParameterError
        If a table or *now* is none.

    Examples
    --------
    >>> profiles = pd.DataFrame({
    ...     "customer_id": ["C1", "C2"], "email": ["mina@example.com", None]
    ... })
    >>> consents = pd.DataFrame({
    ...     "customer_id": ["C1", "C2"], "channel": "email", "purpose": "advertising",
    ...     "granted": True, "at": pd.to_datetime(["2026-01-05"] * 2, utc=True),
    ... })
    >>> from datetime import UTC, datetime
    >>> list(find_reachable(profiles, consents, now=datetime(2026, 11, 28, tzinfo=UTC)))
    ['C1']
    """
    check_aware("now", now)
    check_columns("profiles", profiles, ["customer_id"])
    found: list[str] = []
    for medium, field in ADDRESS_OF.items():
        if field in profiles:
            said = last_words(consents, medium=medium, purpose=Purpose.ADVERTISING.value, now=now)
            addressed = profiles.loc[profiles[field].notna(), "customer_id"]
            found += addressed[addressed.isin(said.index[said["granted"]])].to_list()
    return pd.Index(dict.fromkeys(found), dtype="str", name="customer_id")


def count_known_buyers(
    transactions: pd.DataFrame,
    reachable: pd.Index[str],
    registrations: pd.DataFrame,
    reachable_owners: pd.Index[str],
) -> pd.DataFrame:
    """Count the buyers of each sales channel who are known, before and after registrations.

    A buyer is known who may be sent advertising and can be.  A customer counts
    once in each channel where they bought; an order without a customer, as of
    a walk-in or a market place, counts as a buyer.  Who registers a piece of
    an order is taken for its buyer; of a gift it is somebody else.

    Parameters
    ----------
    transactions : DataFrame of shape (n_lines, n_columns)
        ``Orders.table``; read it with ``unknown_customers="keep"``, else the
        buyers whom nobody knows are missing.
    reachable : Index of str
        Customers that the order files make known, see :func:`find_reachable`.
    registrations : DataFrame of shape (n_events, n_columns)
        ``WarrantyRegistry.events()``: ``customer_id``, ``sales_channel``, ``order_id``.
    reachable_owners : Index of str
        Those of *registrations*, likewise.

    Returns
    -------
    DataFrame of shape (n_channels, 5), indexed by ``sales_channel``
        ``buyers``, ``known_before``, ``known_after``, and ``share_before``
        and ``share_after`` from 0 to 1.

    Raises
    ------
    MissingColumnsError
        If a column is not there.

    Examples
    --------
    >>> orders = pd.DataFrame({
    ...     "sales_channel": ["mall", "shop", "shop"], "order_id": ["1", "2", "3"],
    ...     "customer_id": ["C1", None, None],
    ... })
    >>> registered = pd.DataFrame({
    ...     "customer_id": ["W1"], "sales_channel": ["shop"], "order_id": ["2"]
    ... })
    >>> count_known_buyers(orders, pd.Index(["C1"]), registered, pd.Index(["W1"])).T
    sales_channel  mall  shop
    buyers          1.0   2.0
    known_before    1.0   0.0
    known_after     1.0   1.0
    share_before    1.0   0.0
    share_after     1.0   0.5
    """
    check_columns("orders", transactions, ["customer_id", "order_id"])
    check_columns("registrations", registrations, ["customer_id", "sales_channel", "order_id"])
    channel = _channels(transactions)
    order = channel + "\x00" + transactions["order_id"].astype("str")
    unknown = transactions["customer_id"].isna()
    buyer = transactions["customer_id"].astype("str").mask(unknown, order)
    theirs = registrations[registrations["customer_id"].isin(reachable_owners)]
    registered = _channels(theirs) + "\x00" + theirs["order_id"].astype("str")
    lines = pd.DataFrame(
        {
            "sales_channel": channel,
            "buyer": buyer,
            "known_before": transactions["customer_id"].isin(reachable),
            "known_after": order.isin(registered[theirs["order_id"].notna()]),
        }
    )
    lines["known_after"] |= lines["known_before"]
    each = lines.groupby(["sales_channel", "buyer"]).any()
    table = each.groupby("sales_channel").sum()
    table.insert(0, "buyers", each.groupby("sales_channel").size())
    for when in ("before", "after"):
        table[f"share_{when}"] = table[f"known_{when}"] / table["buyers"]
    return table


def _channels(table: pd.DataFrame) -> pd.Series[str]:
    if "sales_channel" not in table:
        return pd.Series(_NO_CHANNEL, index=table.index, dtype="str")
    return table["sales_channel"].astype("str").fillna(_NO_CHANNEL)
