"""A worker of the kill sweep that knows two naive designs besides the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from crmlib.delivery._verification_plan import RECIPIENTS
from crmlib.delivery._verification_worker import BATCH, DESIGNS, serve

if TYPE_CHECKING:
    from datetime import datetime

    from crmlib.campaigns import Plan
    from crmlib.delivery._verification_place import Place
    from crmlib.interfaces import Channel


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
    serve({**DESIGNS, **VILLAINS})
