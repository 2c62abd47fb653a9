"""The tables of the registry, as SQLAlchemy Core objects.

What is known of owners stands in one table, apart from certificates and the
log, which know them by an id that means nothing elsewhere.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from crmlib.databases import Instant, keep_log

SCHEMA_VERSION = 2

METADATA = MetaData()

REGISTRY = Table(
    "crmlib_warranty_registry",
    METADATA,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    Column("schema_version", Integer, nullable=False),
    Column("salt", LargeBinary(32), nullable=False),
    Column("events", Integer, nullable=False),
    Column("head", String(64), nullable=False),
)
"""One row: which registry this is, how many events it has, and the hash of the last one."""

OWNERS = Table(
    "crmlib_warranty_owners",
    METADATA,
    Column("owner_id", String(32), primary_key=True),
    Column("address_hash", LargeBinary(32), nullable=False, unique=True),
    Column("field", String(5), nullable=False),
    Column("address", String, nullable=False),
    Column("name", String),
    Column("locale", String),
    Column("first_seen_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
)
"""Who registered something; the address that was proven tells them apart."""

CERTIFICATES = Table(
    "crmlib_warranty_certificates",
    METADATA,
    Column("warranty_id", String(32), primary_key=True),
    Column("gtin", String(14), nullable=False),
    Column("serial", String(20), nullable=False),
    Column("lot", String(20)),
    Column("sales_channel", String),
    Column("order_id", String),
    Column("line_id", String),
    Column("product_id", String),
    Column("unit", Integer),
    Column("replaces", ForeignKey("crmlib_warranty_certificates.warranty_id"), unique=True),
    Column("named_order_id", String),
    Column("valid_from", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("owner_id", ForeignKey(OWNERS.c.owner_id)),
    Column("registered_at", Instant),
    Column("transfers", Integer, nullable=False, default=0),
    Column("revoked_at", Instant),
    Column("revoked_for", String),
    UniqueConstraint("gtin", "serial"),
    UniqueConstraint("sales_channel", "order_id", "product_id", "unit"),
    CheckConstraint("(owner_id IS NULL) = (registered_at IS NULL)"),
)
"""One row per piece, told by GTIN and serial number."""

CODES = Table(
    "crmlib_warranty_codes",
    METADATA,
    Column("warranty_id", ForeignKey(CERTIFICATES.c.warranty_id), primary_key=True),
    Column("address_hash", LargeBinary(32), primary_key=True),
    Column("code_hash", LargeBinary(32), nullable=False),
    Column("until", Instant, nullable=False),
    Column("tries", Integer, nullable=False),
)
"""Codes that wait to be used once.  That of a transfer has an empty address."""

CONSENTS = Table(
    "crmlib_warranty_consents",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("owner_id", ForeignKey(OWNERS.c.owner_id), nullable=False),
    Column("channel", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("granted", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
    Column("source", String, nullable=False),
    Column("wording", String, nullable=False),
    Column("event_number", Integer, nullable=False),
)
"""What owners agreed to or refused, event by event."""

EVENTS = Table(
    "crmlib_warranty_events",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("kind", String, nullable=False),
    Column("warranty_id", String(32), index=True),
    Column("owner_id", String(32)),
    Column("detail", String, nullable=False),
    Column("hash", String(64), nullable=False),
)
"""Everything that happened; each hash covers the one before."""

keep_log(EVENTS)
