"""A program whose writes are noted: it delivers campaigns, each in a process of its own.

Each argument is ``design|campaign|workers|url``.  What is handed to the channel is
marked in the book before.
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import TYPE_CHECKING

from plans_to_deliver import Clock, FakeChannel, accepted, make_plan
from power_cut import mark
from sqlalchemy import Engine, event

from crmlib.delivery import Ledger, _postgres_store, deliver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from crmlib.messages import DeliveryReceipt, Message

RECIPIENTS = 12


class MarkingChannel(FakeChannel):
    """Mark what is about to leave."""

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Mark, then take."""
        for message in messages:
            mark(message.key)
        return super().send(messages)


def do_not_sync(level: str) -> None:
    """Be a villain: do without the sync of a claim."""
    relaxed = _postgres_store._BEGIN.replace("'on'", "'off'")
    _postgres_store._BEGIN = relaxed  # type: ignore[misc]

    @event.listens_for(Engine, "engine_connect")
    def relax(connection: Connection) -> None:
        if connection.dialect.name == "sqlite":
            connection.connection.driver_connection.execute(f"PRAGMA synchronous = {level}")


def work(design: str, campaign: str, batch_size: int, url: str) -> None:
    """Deliver."""
    if design != "ledger":
        do_not_sync(design)
    plan = make_plan(RECIPIENTS, campaign=campaign)
    with Ledger(url, busy_timeout_seconds=60) as ledger:
        deliver(
            plan,
            ledger,
            approved=plan.digest,
            channels={"fake": MarkingChannel(accepted)},
            clock=Clock(),
            batch_size=batch_size,
        )


def main() -> None:
    """Deliver in children, one setting after the other."""
    for argument in sys.argv[1:]:
        design, campaign, workers, url = argument.split("|")
        children = []
        for _ in range(int(workers)):
            child = os.fork()
            if not child:
                try:
                    work(design, campaign, 4 // int(workers), url)
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
