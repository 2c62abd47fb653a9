"""How certificates end: by hand, and because orders were cancelled or returned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pandas as pd
from sqlalchemy import select, update

from crmlib.tables import SetAsideReason
from crmlib.warranty._event_log import append
from crmlib.warranty._schema import CERTIFICATES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from crmlib.tables import Orders

_REASONS = {
    SetAsideReason.CANCELLED_ORDER: "order cancelled",
    SetAsideReason.RETURNED_LINE: "product returned",
    SetAsideReason.REFUND: "product returned",
}
_RETURNED = "product returned"


@attrs.frozen(kw_only=True)
class Revocations:
    """What became of the certificates whose orders were cancelled or returned.

    Parameters
    ----------
    revoked : tuple of str
        Ids of those that were revoked now.
    unclear : tuple of str
        Ids of those of which some were returned, and the file does not say
        which: look at them, and revoke the right ones by hand.
    """

    revoked: tuple[str, ...]
    unclear: tuple[str, ...]


def revoke_one(connection: Connection, warranty_id: str, reason: str, at: datetime) -> None:
    """Revoke a certificate."""
    connection.execute(
        update(CERTIFICATES)
        .where(CERTIFICATES.c.warranty_id == warranty_id)
        .values(revoked_at=at, revoked_for=reason)
    )
    append(connection, at, "revoked", warranty_id=warranty_id, detail={"reason": reason})


def revoke_returned(connection: Connection, orders: Orders, at: datetime) -> Revocations:
    """Revoke what *orders* says was cancelled or came back."""
    revoked, unclear = [], []
    for facts, reason, n_back in _list_returns(orders):
        query = select(CERTIFICATES.c.warranty_id).where(CERTIFICATES.c.revoked_at.is_(None))
        for name, text in facts.items():
            query = query.where(CERTIFICATES.c[name] == text)
        found = list(connection.scalars(query))
        if n_back is None or len(found) <= n_back:
            for warranty_id in found:
                revoke_one(connection, warranty_id, reason, at)
            revoked += found
        else:
            unclear += found
    return Revocations(revoked=tuple(revoked), unclear=tuple(dict.fromkeys(unclear)))


def _list_returns(orders: Orders) -> Iterator[tuple[dict[str, str], str, int | None]]:
    """Give for each return what is known of its pieces, the reason, and how many came back.

    None is all of them.
    """
    aside = orders.set_aside
    for row in aside[aside["reason"].isin(list(_REASONS))].to_dict("records"):
        if pd.isna(row["order_id"]):
            continue
        reason = _REASONS[SetAsideReason(row["reason"])]
        facts = _facts(row, ("order_id", "line_id"))
        cancelled = row["reason"] == SetAsideReason.CANCELLED_ORDER
        yield facts, reason, None if cancelled or "line_id" in facts else 1
    table = orders.table
    for row in table[(table["amount"] < 0).fillna(value=False)].to_dict("records"):
        quantity = row.get("quantity")
        n_back = 1 if quantity is None or pd.isna(quantity) else abs(int(quantity))
        yield _facts(row, ("order_id", "product_id")), _RETURNED, n_back


def _facts(row: dict[Any, Any], names: tuple[str, ...]) -> dict[str, str]:
    """Give what *row* says of its channel and *names*; no channel is an empty one."""
    channel = row.get("sales_channel")
    known = {name: str(row[name]) for name in names if name in row and not pd.isna(row[name])}
    return {"sales_channel": "" if channel is None or pd.isna(channel) else str(channel), **known}
