"""How certificates end: by hand, and because orders were cancelled or returned."""

from __future__ import annotations

from math import inf
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
    replaced = select(CERTIFICATES.c.replaces).where(CERTIFICATES.c.replaces.is_not(None))
    for back in _list_returns(orders):
        query = select(CERTIFICATES.c.warranty_id, CERTIFICATES.c.revoked_at).where(
            CERTIFICATES.c.warranty_id.not_in(replaced)  # what came back is the piece in its place
        )
        for name, text in back.facts.items():
            query = query.where(CERTIFICATES.c[name] == text)
        found = connection.execute(query).all()
        live = [row.warranty_id for row in found if row.revoked_at is None]
        if back.is_sure and len(found) <= back.pieces:
            for warranty_id in live:
                revoke_one(connection, warranty_id, back.reason, at)
            revoked += live
        elif len(found) - len(live) < back.pieces:  # nobody has seen to it yet
            unclear += live
    return Revocations(revoked=tuple(revoked), unclear=tuple(dict.fromkeys(unclear)))


@attrs.frozen
class _Return:
    """What came back: facts of its certificates, how many, and whether it can be no other."""

    facts: dict[str, str | None]
    reason: str
    pieces: float = inf
    is_sure: bool = True


def _list_returns(orders: Orders) -> Iterator[_Return]:
    """Give what came back: rows set aside by their line or whole order, negative lines by product.

    A row without a line id, of an order of which other lines are kept, may be
    any of that order.
    """
    table, aside = orders.table, orders.set_aside
    kept = {
        tuple(list_facts(row, ("order_id",)).values())
        for row in table[(table["amount"] > 0).fillna(value=False)].to_dict("records")
    }
    for row in aside[aside["reason"].isin(list(_REASONS))].to_dict("records"):
        reason, order = _REASONS[SetAsideReason(row["reason"])], list_facts(row, ("order_id",))
        line = list_facts(row, ("order_id", "line_id"))
        if "line_id" in line and row["reason"] != SetAsideReason.REFUND:
            yield _Return(line, reason)
        elif tuple(order.values()) not in kept:
            yield _Return(order, reason)
        else:
            yield _Return(order, reason, 1, is_sure=False)
    by_product: dict[tuple[tuple[str, str | None], ...], int] = {}
    for row in table[(table["amount"] < 0).fillna(value=False)].to_dict("records"):
        key = tuple(list_facts(row, ("order_id", "product_id")).items())
        quantity = row.get("quantity")
        pieces = 1 if quantity is None or pd.isna(quantity) else abs(int(quantity))
        by_product[key] = by_product.get(key, 0) + pieces
    for key, pieces in by_product.items():
        yield _Return(dict(key), _RETURNED, pieces, is_sure="product_id" in dict(key))


def list_facts(row: dict[Any, Any], names: tuple[str, ...]) -> dict[str, str | None]:
    """Give what *row* says of its channel, None if there is none, and *names*."""
    channel = row.get("sales_channel")
    known = {name: str(row[name]) for name in names if name in row and not pd.isna(row[name])}
    return {"sales_channel": None if pd.isna(channel) else str(channel), **known}
