"""How a piece that was exchanged hands its warranty on to the one that replaces it."""

from __future__ import annotations

from base64 import b32encode
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import insert, select

from crmlib.tables import check_columns
from crmlib.warranty._event_log import append
from crmlib.warranty._issuing import as_certificate, count_pieces, new_warranty_id
from crmlib.warranty._ownership import find_valid
from crmlib.warranty._revoking import list_facts, revoke_one
from crmlib.warranty._schema import CERTIFICATES

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    import pandas as pd
    from sqlalchemy import Connection

    from crmlib.warranty._certificate import Certificate
    from crmlib.warranty._store import RegistryStore

EXCHANGED = "product exchanged"
_CARRIED = ("sales_channel", "order_id", "line_id", "product_id", "named_order_id", "expires_at")
_OWNED = ("owner_id", "registered_at", "transfers")


@attrs.frozen(kw_only=True)
class Exchanges:
    """What became of the certificates of lines that were exchanged.

    Parameters
    ----------
    issued : tuple of Certificate
        Those of the pieces that came in place of others, which were revoked.
    unclear : tuple of str
        Ids of those of which some were exchanged, and the file does not say
        which: look at them, and exchange the right ones by hand.
    """

    issued: tuple[Certificate, ...]
    unclear: tuple[str, ...]


def exchange_one(
    connection: Connection,
    store: RegistryStore,
    warranty_id: str,
    at: datetime,
    *,
    gtin: str | None = None,
    serial: str | None = None,
) -> Certificate:
    """Revoke a certificate, and issue that of the piece in its place.

    The new one ends when the old one would have, and has the same owner.
    """
    old = find_valid(connection, warranty_id)
    secret = store.hash("serial", "replaces", warranty_id)
    begin = at if old.valid_from < at < old.expires_at else old.valid_from
    values = {
        "warranty_id": new_warranty_id(),
        "gtin": gtin or old.gtin,
        "serial": serial or b32encode(secret).decode()[:16],
        "valid_from": begin,
        "replaces": warranty_id,
        **{name: getattr(old, name) for name in (*_CARRIED, *_OWNED)},
    }
    revoke_one(connection, warranty_id, EXCHANGED, at)
    connection.execute(insert(CERTIFICATES).values(values))
    append(
        connection,
        at,
        "issued",
        warranty_id=values["warranty_id"],
        owner_id=old.owner_id,
        detail={"replaces": warranty_id},
    )
    added = CERTIFICATES.c.warranty_id == values["warranty_id"]
    return as_certificate(connection.execute(select(CERTIFICATES).where(added)).one())


def exchange_lines(
    connection: Connection,
    store: RegistryStore,
    transactions: pd.DataFrame,
    statuses: Collection[str],
    at: datetime,
) -> Exchanges:
    """Exchange the pieces of lines with one of *statuses*; each line once, however often told."""
    check_columns("orders", transactions, ["order_id", "status"])
    told = transactions[transactions["status"].isin(list(statuses)).to_numpy()]
    issued: list[Certificate] = []
    unclear: list[str] = []
    for line in told.to_dict("records"):
        live, replaced, others = _find_pieces(connection, line)
        pieces = count_pieces(line.get("quantity"))
        if len(live) + replaced + others <= pieces:
            issued += [exchange_one(connection, store, piece, at) for piece in live]
        elif replaced < pieces:
            unclear += live
    return Exchanges(issued=tuple(issued), unclear=tuple(dict.fromkeys(unclear)))


def _find_pieces(connection: Connection, line: dict[Any, Any]) -> tuple[list[str], int, int]:
    """Give the pieces of a line that were sold: ids of the live ones, and counts of the rest."""
    facts = list_facts(line, ("order_id", "line_id", "product_id"))
    query = select(CERTIFICATES).where(CERTIFICATES.c.replaces.is_(None))
    for name, text in facts.items():
        query = query.where(CERTIFICATES.c[name] == text)
    rows = connection.execute(query.order_by(CERTIFICATES.c.unit)).all()
    live = [row.warranty_id for row in rows if row.revoked_at is None]
    replaced = sum(row.revoked_for == EXCHANGED for row in rows)
    return live, replaced, len(rows) - len(live) - replaced
