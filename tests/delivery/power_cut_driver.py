"""A program whose writes are noted: it delivers campaigns, each by processes of its own.

Each argument is a JSON object of what :func:`work` takes, and of ``workers``.  What
is handed to the channel is marked in the book before: its key and the hash of its
payload.  At two of the messages somebody has the store write back its log.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import traceback
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
from plans_to_deliver import Clock
from power_cut import mark
from power_cut_provider import RECIPIENTS, Provider, make_campaign, mark_of
from sqlalchemy import Engine, event

from crmlib.delivery import Ledger, _postgres_store, deliver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from crmlib.messages import DeliveryReceipt, Message


class MarkingProvider(Provider):
    """Mark what is about to leave."""

    def __init__(self, url: str, level: str, *, is_keyed: bool) -> None:
        super().__init__(is_keyed=is_keyed)
        self._url = url
        self._level = level

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Mark, then take."""
        for message in messages:
            mark(mark_of(message))
            if message.recipient.customer_id in {"C004", "C008"}:
                write_back(self._url, self._level)
        return super().send(messages)


def write_back(url: str, level: str) -> None:
    """Have the store write its log back to its tables, as it does by itself when it is long."""
    if url.startswith("postgresql"):
        with psycopg.connect(url, autocommit=True) as server:
            server.execute("CHECKPOINT")
    else:
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            file.execute(f"PRAGMA synchronous = {level}")
            file.execute("PRAGMA wal_checkpoint(PASSIVE)")


def do_not_sync(level: str) -> None:
    """Be a villain: do without the sync of a claim."""
    relaxed = _postgres_store._BEGIN.replace("'on'", "'off'")
    _postgres_store._BEGIN = relaxed  # type: ignore[misc]

    @event.listens_for(Engine, "engine_connect")
    def relax(connection: Connection) -> None:
        if connection.dialect.name == "sqlite":
            connection.connection.driver_connection.execute(f"PRAGMA synchronous = {level}")


def work(
    *, url: str, campaign: str, level: str, is_keyed: bool, state: str, batch_size: int
) -> None:
    """Deliver.

    Parameters
    ----------
    url, campaign : str
    level : str
        How much is synced: FULL as the ledger has it, otherwise by a villain.
    is_keyed : bool
        Whether the provider drops repeats.
    state : str
        The folder for what this machine remembers of servers.
    batch_size : int
    """
    os.environ["STATE_DIRECTORY"] = state
    if level != "FULL":
        do_not_sync(level)
    plan = make_campaign(campaign)
    with Ledger(url, busy_timeout_seconds=60) as ledger:
        deliver(
            plan,
            ledger,
            approved=plan.digest,
            channels={"fake": MarkingProvider(url, level, is_keyed=is_keyed)},
            clock=Clock(),
            batch_size=batch_size,
        )


def main() -> None:
    """Deliver in children, one campaign after the other."""
    for argument in sys.argv[1:]:
        words = json.loads(argument)
        workers = words.pop("workers")
        children = []
        for _ in range(workers):
            child = os.fork()
            if not child:
                try:
                    work(**words, batch_size=RECIPIENTS // 3 // workers)
                except BaseException:  # noqa: BLE001 -- it must not come back as a second parent
                    traceback.print_exc()
                    os._exit(1)
                os._exit(0)
            children.append(child)
        statuses = [os.waitpid(child, 0)[1] for child in children]
        if any(statuses):
            sys.exit(1)


if __name__ == "__main__":
    main()
