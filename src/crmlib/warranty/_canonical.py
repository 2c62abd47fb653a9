"""What the registry knows, as canonical tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from sqlalchemy import String, func, select

from crmlib.tables import CONTACT_COLUMNS
from crmlib.warranty._certificate import ADDRESS_FIELDS
from crmlib.warranty._ownership import REGISTERED, TRANSFERRED
from crmlib.warranty._schema import CERTIFICATES, CONSENTS, EVENTS, OWNERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Select

SALES_CHANNEL: Final = "warranty"
"""The channel under which owners are contacts: their ids are those of this registry."""
_INSTANTS: Final = ("at", "first_seen_at", "last_seen_at")


def read_profiles(connection: Connection) -> pd.DataFrame:
    """Give a canonical profile for each owner."""
    profiles = _read_owners(connection)
    return profiles[["customer_id", "name", "email", "phone", "locale"]]


def read_contacts(connection: Connection) -> pd.DataFrame:
    """Give a contact for each owner."""
    contacts = _read_owners(connection).assign(sales_channel=SALES_CHANNEL)
    return contacts.reindex(columns=list(CONTACT_COLUMNS))


def read_consents(connection: Connection) -> pd.DataFrame:
    """Give all answers of owners, in their order; the proof of each is its event in the log."""
    names = ("channel", "purpose", "granted", "at", "source", "wording")
    columns = [
        CONSENTS.c.owner_id.label("customer_id"),
        *(CONSENTS.c[name] for name in names),
        ("warranty log event " + CONSENTS.c.event_number.cast(String)).label("proof"),
    ]
    return _read(connection, select(*columns).order_by(CONSENTS.c.id))


def read_events(connection: Connection) -> pd.DataFrame:
    """Give registrations and transfers with the channel where the piece was sold."""
    query = (
        select(
            EVENTS.c.owner_id.label("customer_id"),
            ("warranty_" + EVENTS.c.kind).label("event"),
            EVENTS.c.at,
            func.coalesce(CERTIFICATES.c.product_id, CERTIFICATES.c.gtin).label("item"),
            CERTIFICATES.c.sales_channel,
            func.coalesce(CERTIFICATES.c.order_id, CERTIFICATES.c.named_order_id).label(
                "order_id"
            ),
        )
        .join(CERTIFICATES, CERTIFICATES.c.warranty_id == EVENTS.c.warranty_id)
        .join(OWNERS, OWNERS.c.owner_id == EVENTS.c.owner_id)  # who was erased is nobody's event
        .where(EVENTS.c.kind.in_((REGISTERED, TRANSFERRED)))
        .order_by(EVENTS.c.number)
    )
    return _read(connection, query)


def read_sales(connection: Connection) -> pd.DataFrame:
    """Give each certificate with the order for which it was issued."""
    names = ("warranty_id", "gtin", "serial", "sales_channel", "order_id", "line_id", "product_id")
    columns = [CERTIFICATES.c[name] for name in names]
    order = (CERTIFICATES.c.valid_from, CERTIFICATES.c.warranty_id)
    return _read(connection, select(*columns).order_by(*order))


def read_history(connection: Connection, warranty_id: str | None) -> pd.DataFrame:
    """Give the events of one certificate, or all."""
    names = ("number", "at", "kind", "warranty_id", "owner_id", "detail")
    query = select(*(EVENTS.c[name] for name in names)).order_by(EVENTS.c.number)
    if warranty_id is not None:
        query = query.where(EVENTS.c.warranty_id == warranty_id)
    return _read(connection, query)


def _read(connection: Connection, query: Select[Any]) -> pd.DataFrame:
    result = connection.execute(query)
    frame = _make_frame([tuple(row) for row in result], list(result.keys()))
    for name in frame.columns.intersection(list(_INSTANTS)):
        frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    return frame


def _make_frame(rows: list[tuple[Any, ...]], columns: Sequence[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns))
    texts = [name for name in columns if name not in {*_INSTANTS, "granted", "number"}]
    return frame.astype(dict.fromkeys(texts, "str"))


def _read_owners(connection: Connection) -> pd.DataFrame:
    """Give owners with their addresses in a column per kind."""
    names = ("field", "address", "name", "locale", "first_seen_at", "last_seen_at")
    columns = [OWNERS.c.owner_id.label("customer_id"), *(OWNERS.c[name] for name in names)]
    owners = _read(connection, select(*columns).order_by(OWNERS.c.owner_id))
    kinds = {field: owners["address"].where(owners["field"] == field) for field in ADDRESS_FIELDS}
    return owners.drop(columns=["field", "address"]).assign(**kinds)
