"""How pieces get certificates, one by one and from order files."""

from __future__ import annotations

import secrets
from base64 import b32encode
from typing import TYPE_CHECKING, Any

import attrs
import pandas as pd
from sqlalchemy import insert, select

from crmlib.exceptions import InvalidTableError
from crmlib.tables import check_columns
from crmlib.warranty._certificate import Certificate, Piece
from crmlib.warranty._event_log import append
from crmlib.warranty._schema import CERTIFICATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from crmlib.warranty._store import RegistryStore

_ORIGIN = ("sales_channel", "order_id", "product_id", "unit")


def as_certificate(row: Any) -> Certificate:
    """Give what a row of the registry says, without its owner."""
    return Certificate(
        warranty_id=row.warranty_id,
        gtin=row.gtin,
        serial=row.serial,
        lot=row.lot,
        valid_from=row.valid_from,
        expires_at=row.expires_at,
        has_order=row.order_id is not None,
        is_registered=row.owner_id is not None,
        transfers=row.transfers,
        is_revoked=row.revoked_at is not None,
    )


def issue_new(
    connection: Connection, pieces: Iterable[Piece], at: datetime
) -> tuple[Certificate, ...]:
    """Give a certificate to each of *pieces* that has none."""
    issued = []
    for piece in pieces:
        if _is_known(connection, piece):
            continue
        values = {"warranty_id": new_warranty_id(), **attrs.asdict(piece)}
        connection.execute(insert(CERTIFICATES).values(values))
        append(connection, at, "issued", warranty_id=values["warranty_id"])
        added = CERTIFICATES.c.warranty_id == values["warranty_id"]
        row = connection.execute(select(CERTIFICATES).where(added)).one()
        issued.append(as_certificate(row))
    return tuple(issued)


def make_pieces(
    store: RegistryStore,
    lines: pd.DataFrame,
    gtins: Mapping[str, str],
    delivered_at: pd.Series[Any],
    *,
    after: timedelta,
    lasting: timedelta,
) -> list[Piece]:
    """Give a piece for each unit of a product with a GTIN that was delivered.

    The serial number follows from channel, order, product and unit, by a
    secret of the registry: the same order gives the same one, and nobody
    else can guess it.
    """
    check_columns("orders", lines, ["order_id", "product_id", "amount"])
    if not isinstance(delivered_at.dtype, pd.DatetimeTZDtype):
        raise InvalidTableError(
            "delivered_at", "does not say in which zone it is", "give aware instants"
        )
    pieces: list[Piece] = []
    units: dict[tuple[str | None, ...], int] = {}
    for line, delivered in zip(lines.to_dict("records"), delivered_at, strict=True):
        sold = line["product_id"] in gtins and line["amount"] >= 0
        if not sold:
            continue
        channel, order, product = (
            _text(line.get(name)) for name in ("sales_channel", "order_id", "product_id")
        )
        for _ in range(count_pieces(line.get("quantity"))):
            unit = units[channel, order, product] = units.get((channel, order, product), 0) + 1
            if pd.isna(delivered):
                continue
            secret = store.hash("serial", channel or "", order or "", product or "", str(unit))
            begin = delivered.to_pydatetime() + after
            pieces.append(
                Piece(
                    gtin=gtins[line["product_id"]],
                    serial=b32encode(secret).decode()[:16],
                    valid_from=begin,
                    expires_at=begin + lasting,
                    sales_channel=channel,
                    order_id=order,
                    line_id=_text(line.get("line_id")),
                    product_id=product,
                    unit=unit,
                )
            )
    return pieces


def new_warranty_id() -> str:
    """Give an id that nobody has."""
    return secrets.token_hex(10)


def count_pieces(quantity: Any) -> int:
    """Give how many pieces a line holds: one, if it does not say."""
    return 1 if quantity is None or pd.isna(quantity) else max(0, int(quantity))


def _text(cell: Any) -> str | None:
    return None if cell is None or pd.isna(cell) else str(cell)


def _is_known(connection: Connection, piece: Piece) -> bool:
    is_piece = (CERTIFICATES.c.gtin == piece.gtin) & (CERTIFICATES.c.serial == piece.serial)
    if piece.order_id is not None:
        origin = [CERTIFICATES.c[name] == getattr(piece, name) for name in _ORIGIN]
        is_piece |= origin[0] & origin[1] & origin[2] & origin[3]
    return connection.scalar(select(CERTIFICATES.c.warranty_id).where(is_piece)) is not None
