"""The tables of the ledger, as SQLAlchemy Core objects.

No address and no text of a message is in any of them: an endpoint is a hash
keyed with a salt of this ledger, a payload is its hash.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)

from crmlib.databases import Instant, keep_log
from crmlib.delivery._delivery_state import DeliveryState

SCHEMA_VERSION = 10

METADATA = MetaData()
ROW_ID = BigInteger().with_variant(Integer, "sqlite")
"""The key of tables that grow; SQLite counts up only in what it calls INTEGER."""

LEDGER = Table(
    "crmlib_ledger",
    METADATA,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True),
    Column("schema_version", Integer, nullable=False),
    Column("token", String(32), nullable=False),
    Column("salt", LargeBinary(32), nullable=False),
    Column("home", String(64), nullable=False),
    Column("generation", BigInteger, nullable=False),
)
"""One row: which ledger this is, where it lives, and how many claims it has committed."""

CAMPAIGNS = Table(
    "crmlib_campaigns",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("control", String(9), nullable=False, server_default="running"),
    Column("control_note", String),
)
"""``control``: whether an operator lets it run: ``running``, ``paused``, ``cancelled``."""

RUNS = Table(
    "crmlib_runs",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("campaign_id", ForeignKey(CAMPAIGNS.c.id), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("approved_at", Instant, nullable=False),
    Column("planned", Integer, nullable=False),
    Column("position", Integer, nullable=False, default=0),
    Column("enrolled", Integer, nullable=False, default=0),
    Column("taken_over", Integer, nullable=False, default=0),
    Column("enrolled_before", Integer, nullable=False, default=0),
    Column("handed_over", Integer, nullable=False, default=0),
    Column("purpose", String(13), nullable=False, server_default="advertising"),
    Column("duty", String),
    Column("told_until", Instant),
    Column("canary", String(8)),
    Column("topic", String, nullable=False, server_default=""),
    UniqueConstraint("campaign_id", "digest"),
    CheckConstraint("position = enrolled + taken_over + enrolled_before"),
    CheckConstraint("position <= planned"),
)
"""One row per approved plan.  ``position`` counts the rows of the plan that are enrolled.

``duty``: which notice that the law asks for its messages are, if they are one,
and ``told_until``: of which consents and withdrawals they tell.

``canary``: how far its first share is: ``none``, ``out``, ``held``, ``released``; no word as
long as nobody has decided.

``topic``: what its advertising is about; ``""``: nothing that is chosen by itself.
"""

HAS_WORDS = text(
    "state IN ('planned', 'rejected', 'dead') AND (attempts > 0 OR detail IS NOT NULL)"
)
"""That it may be told why a delivery waits or was refused; word for word as its index has it."""

DELIVERIES = Table(
    "crmlib_deliveries",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("campaign_id", ForeignKey(CAMPAIGNS.c.id), nullable=False),
    Column("run_id", ForeignKey(RUNS.c.id), nullable=False),
    Column("message_key", String, nullable=False),
    Column("endpoint_hash", LargeBinary(16), nullable=False),
    Column("payload_hash", LargeBinary(32), nullable=False),
    Column("customer_id", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("medium", String, nullable=False),
    Column(
        "state",
        String(8),
        CheckConstraint("state IN ({})".format(", ".join(f"'{s}'" for s in DeliveryState))),
        nullable=False,
    ),
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at", Instant, nullable=False),
    Column("not_after", Instant, nullable=False),
    Column("claim_token", String(32)),
    Column("claimed_at", Instant),
    Column("lease_until", Instant),
    Column("key_until", Instant),
    Column("finished_at", Instant),
    Column("provider_id", String),
    Column("detail", String),
    Column("is_reported", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("campaign_id", "endpoint_hash"),
    UniqueConstraint("campaign_id", "message_key"),
    Index("crmlib_deliveries_due", "run_id", "state", "channel", "due_at").ddl_if("sqlite"),
    # who was claimed before is all that is asked for, so that enrolling need not fill it
    Index(
        "crmlib_deliveries_to",
        "endpoint_hash",
        "claimed_at",
        sqlite_where=text("claimed_at IS NOT NULL"),
        postgresql_where=text("claimed_at IS NOT NULL"),
    ),
    # all that the counts of a campaign need to know of these, so that no row is read for them
    Index(
        "crmlib_deliveries_words",
        *("run_id", "state", "channel", "detail", "attempts", "due_at"),
        sqlite_where=HAS_WORDS,
        postgresql_where=HAS_WORDS,
    ),
    # an index of SQLite ends with the id by itself
    Index(
        *("crmlib_deliveries_due_id", "run_id", "state", "channel", "due_at", "id"),
    ).ddl_if("postgresql"),
)
"""One row per campaign and endpoint.

``key_until``: how long the provider knows the key.  ``is_reported``: whether its state was
settled by delivery reports, so that a later one may settle it anew.
"""

EVENTS = Table(
    "crmlib_events",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("delivery_id", ForeignKey(DELIVERIES.c.id), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("state", String(8), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("detail", String),
)
"""Every change of state, in the order in which it was committed."""

CANARIES = Table(
    "crmlib_canaries",
    METADATA,
    Column("run_id", ForeignKey(RUNS.c.id), primary_key=True),
    Column("delivery_id", ForeignKey(DELIVERIES.c.id), primary_key=True),
)
"""The deliveries of a run that go before all others of it."""

LOG = Table(
    "crmlib_log",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("operator", String, nullable=False),
    Column("action", String(16), nullable=False),
    Column("campaign_id", ForeignKey(CAMPAIGNS.c.id)),
    Column("note", String, nullable=False),
)
"""Who did what, when and why; about the ledger itself where there is no campaign."""

LIMITS = Table(
    "crmlib_limits",
    METADATA,
    Column("channel", String, primary_key=True),
    Column("sender", String, primary_key=True),
    Column("free_at", Instant, nullable=False),
)
"""One row per provider and sender: the end of a wait that was asked for, if it is to come."""

CALLS = Table(
    "crmlib_calls",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("channel", String, nullable=False),
    Column("sender", String, nullable=False),
    Column("messages", Integer, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index("crmlib_calls_of", "channel", "sender"),
)
"""The calls of a provider with a rate that count against it, as long as they do."""

SUPPRESSIONS = Table(
    "crmlib_suppressions",
    METADATA,
    Column("endpoint_hash", LargeBinary(16), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("source", String, nullable=False),
    Column("until", Instant),
)
"""Endpoints that nobody writes to: for good, or ``until`` a moment."""

REPORTS = Table(
    "crmlib_reports",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("source", String, nullable=False),
    Column("report_id", String, nullable=False),
    Column("kind", String(11), nullable=False),
    Column("at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("delivery_id", ForeignKey(DELIVERIES.c.id), index=True),
    Column("endpoint_hash", LargeBinary(16)),
    Column("message_key", String),
    Column("provider_id", String),
    Column("words", String),
    UniqueConstraint("source", "report_id"),
    Index("crmlib_reports_on", "endpoint_hash", "kind"),
)
"""What came back of messages.  Without a ``delivery_id`` it is of none that the ledger knows."""

CONSENTS = Table(
    "crmlib_consents",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("customer_id", String, nullable=False),
    Column("medium", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("topic", String, nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
    Column("granted", Boolean, nullable=False),
    UniqueConstraint("customer_id", "medium", "purpose", "topic", "at", "granted"),
)
"""Consents and withdrawals that came in, checked again at every claim.

``topic``: what the advertising is about of which they speak; ``""``: all.
"""

ANSWERS = Table(
    "crmlib_answers",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("endpoint_hash", LargeBinary(16), nullable=False),
    Column("customer_id", String, nullable=False),
    Column("medium", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("topic", String, nullable=False),
    Column("granted", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
    Column("source", String, nullable=False),
    Column("wording", String, nullable=False),
    Column("is_told", Boolean, nullable=False, server_default=false()),
    Index("crmlib_answers_of", "endpoint_hash"),
)
"""What recipients said by the links in their messages, and which text they were shown.

It holds for the address, whoever has it, and is checked again at every claim.

``is_told``: the page showed what was recorded, of whom, and when.
"""

REQUESTS = Table(
    "crmlib_requests",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("customer_id", String, nullable=False),
    Column("endpoint_hash", LargeBinary(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("done_at", Instant),
    Column("note", String),
)
"""What recipients asked a person to do: to erase what is known of them."""

for _log in (EVENTS, REPORTS, ANSWERS, LOG):
    keep_log(_log)
