"""A worker of the kill sweep that knows reports and two naive designs besides the ledger."""

from __future__ import annotations

import os
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from crmlib.campaigns import Plan
from crmlib.channels import DeliveryReport, ReportKind, SmtpChannel
from crmlib.delivery import Ledger, deliver, record_reports
from crmlib.delivery._verification_place import PATIENCE_SECONDS
from crmlib.delivery._verification_plan import RECIPIENTS
from crmlib.delivery._verification_worker import BATCH, DESIGNS, deliver_by_ledger, serve
from crmlib.interfaces import Channel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from crmlib.delivery._verification_place import Place
    from crmlib.messages import DeliveryReceipt, Message

RATE = 100


class ReportingChannel(Channel):
    """A provider that reports what it took: all of it after each batch, the last first, twice.

    It reports before its receipts come back, and remembers what it took
    when its caller is killed.
    """

    name = "smtp"

    def __init__(self, channel: Channel, place: Place, now: datetime) -> None:
        self.capabilities = channel.capabilities
        self._channel = channel
        self._url = place.url
        self._taken = place.folder / "taken"
        self._now = now

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Send, then report."""
        receipts = self._channel.send(messages)
        with self._taken.open("a") as file:
            file.writelines(
                f"{receipt.key}\n" for receipt in receipts if receipt.outcome == "accepted"
            )
        self.report()
        return receipts

    def report(self) -> None:
        """Report all that was ever taken, once more."""
        keys = self._taken.read_text().split("\n")[-2::-1] if self._taken.exists() else []
        reports = [
            DeliveryReport(
                source="sink",
                report_id=key,
                kind=ReportKind.DELIVERED,
                at=self._now,
                message_key=key,
            )
            for key in keys
        ]
        with Ledger(self._url, busy_timeout_seconds=PATIENCE_SECONDS) as ledger:
            found = record_reports(ledger, [*reports, *reports], at=self._now)
        assert found.repeated >= len(reports)


def deliver_with_reports(plan: Plan, place: Place, now: datetime, channel: Channel) -> None:
    """Do it the way crmlib does, while reports come in; those of before the kill come again."""
    os.environ["STATE_DIRECTORY"] = str(place.folder)
    reporting = ReportingChannel(channel, place, now)
    reporting.report()
    deliver_by_ledger(plan, place, now, reporting)


def deliver_in_lanes(plan: Plan, place: Place, now: datetime, channel: SmtpChannel) -> None:
    """Do it the way crmlib does, by two channels at once, each at a rate."""
    os.environ["STATE_DIRECTORY"] = str(place.folder)
    table = plan.table.copy()
    table.loc[table.index[::2], "channel"] = "relay"
    mixed = Plan(header=plan.header, table=table)
    begun = monotonic()
    with (
        type(channel)("127.0.0.1", channel._port, ehlo_name="relay.test") as relay,
        Ledger(place.url, busy_timeout_seconds=PATIENCE_SECONDS) as ledger,
    ):
        deliver(
            mixed,
            ledger,
            approved=mixed.digest,
            channels={"smtp": channel, "relay": relay},
            rates=dict.fromkeys(("smtp", "relay"), RATE),
            clock=lambda: now + timedelta(seconds=monotonic() - begun),
            batch_size=BATCH,
        )


def record_after_batch(plan: Plan, place: Place, now: datetime, channel: Channel) -> None:
    """Be a villain: send a batch, then write down that it was sent."""
    book = Book(place)
    keys = plan.table["message_key"].to_list()
    for start in range(book.read(), RECIPIENTS, BATCH):
        channel.send([plan.message(key) for key in keys[start : start + BATCH]])
        book.write(start + BATCH)


def checkpoint_at_fetch(plan: Plan, place: Place, now: datetime, channel: Channel) -> None:
    """Be a villain: move the checkpoint when a batch is fetched, then send it."""
    book = Book(place)
    keys = plan.table["message_key"].to_list()
    for start in range(book.read(), RECIPIENTS, BATCH):
        book.write(start + BATCH)
        channel.send([plan.message(key) for key in keys[start : start + BATCH]])


class Book:
    """The one number that a villain keeps, in the same kind of database as the ledger."""

    def __init__(self, place: Place) -> None:
        url = make_url(place.url)
        driver = {"postgresql": "postgresql+psycopg"}.get(url.drivername, url.drivername)
        self._engine = create_engine(url.set(drivername=driver))

    def read(self) -> int:
        """Say how many are done."""
        with self._engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS done (position INTEGER)")
            query = "SELECT coalesce(max(position), 0) FROM done"
            return connection.exec_driver_sql(query).scalar_one()

    def write(self, position: int) -> None:
        """Say that so many are done."""
        with self._engine.begin() as connection:
            connection.exec_driver_sql(f"INSERT INTO done VALUES ({position})")


VILLAINS = {"record after batch": record_after_batch, "checkpoint at fetch": checkpoint_at_fetch}

if __name__ == "__main__":
    serve(
        {
            **DESIGNS,
            "ledger in lanes": deliver_in_lanes,
            "ledger with reports": deliver_with_reports,
            **VILLAINS,
        }
    )
