"""Many campaigns at once, by four processes, over a real SMTP server, while people opt out.

test_campaigns_at_once.py runs a small form of it, benchmarks/campaigns_at_once.py
a large one.  As a program it is the four workers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import traceback
from datetime import timedelta
from typing import TYPE_CHECKING

import attrs
import numpy as np
import pandas as pd
from another_program import execute
from plans_to_deliver import NOON, make_plan

from crmlib.channels import SmtpChannel
from crmlib.delivery import Ledger, deliver
from crmlib.delivery._verification_sink import Sink

if TYPE_CHECKING:
    from collections import Counter

WORKERS = 4
CAP = {"most": 2, "hours": 72}
PATIENCE_SECONDS = 60
CLAIMS = (
    "SELECT customer_id, e.id FROM crmlib_events e JOIN crmlib_deliveries d "
    "ON d.id = e.delivery_id WHERE e.state = 'claimed'"
)


@attrs.frozen(kw_only=True)
class Size:
    """How much of everything.

    Parameters
    ----------
    campaigns, customers, audience : int
        Each campaign goes to *audience* of the *customers*, who are in several.
    opt_outs : int
        How many of them opt out meanwhile.
    rate : int
        Messages per second, of all workers together.
    """

    campaigns: int
    customers: int
    audience: int
    opt_outs: int
    rate: int

    def customers_of(self, campaign: int) -> list[int]:
        """Say to whom a campaign goes."""
        first = campaign * self.customers // self.campaigns
        return [(first + number) % self.customers for number in range(self.audience)]


@attrs.frozen(kw_only=True)
class Findings:
    """What became of it.

    Parameters
    ----------
    status : DataFrame
        That of the ledger.
    received : Counter of str
        How many messages each address got.
    most_in_a_second : int
        How many messages the densest second holds.
    late_claims : list of str
        Customers who were claimed after their opt-out was committed.
    seconds : float
        From the first message to the last.
    """

    status: pd.DataFrame
    received: Counter[str]
    most_in_a_second: int
    late_claims: list[str]
    seconds: float


class TimedSink(Sink):
    """A mail server that also notes when each message came."""

    def __init__(self) -> None:
        self.times: list[float] = []
        super().__init__()

    def take(self, address: str, content: bytes) -> bool:
        """Note the time."""
        with self._changed:
            self.times.append(time.monotonic())
            self._changed.notify_all()
        return super().take(address, content)

    def wait_for(self, count: int) -> None:
        """Wait until so many messages have come."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.times) >= count, PATIENCE_SECONDS)


def run(url: str, size: Size) -> Findings:
    """Start the workers on a new ledger at *url*, and have people opt out while they send."""
    sink = TimedSink()
    with Ledger(url, busy_timeout_seconds=PATIENCE_SECONDS) as ledger:
        words = json.dumps([url, sink.port, time.monotonic(), attrs.asdict(size)])
        workers = subprocess.Popen([sys.executable, __file__, words])
        opted_out = {}
        for number in range(size.opt_outs):  # all within the first half, while much is to come
            sink.wait_for(1 + number * size.customers // size.opt_outs // 2)
            customer = (number * size.customers // size.opt_outs + size.customers // 3) % (
                size.customers
            )
            opted_out[f"C{customer:05}"] = opt_out(ledger, customer, in_words=number % 2 == 0)
        if workers.wait():
            raise ChildProcessError("a worker failed; what it said is above")
        sink.settle()
        sink.close()
        late = [who for who, event in execute(ledger, CLAIMS) if event > opted_out.get(who, event)]
        return Findings(
            status=ledger.status(),
            received=sink.received,
            most_in_a_second=most_in_a_second(sink.times),
            late_claims=late,
            seconds=max(sink.times) - min(sink.times),
        )


def opt_out(ledger: Ledger, customer: int, *, in_words: bool) -> int:
    """Withdraw consent, or suppress the address; give an event after which no claim may come."""
    if in_words:
        word = {"channel": "*", "purpose": "advertising", "granted": False, "at": NOON}
        ledger.record_consents(pd.DataFrame([word | {"customer_id": f"C{customer:05}"}]))
    else:
        ledger.suppress("email", address_of(customer), at=NOON, source="opt-out page")
    with ledger.store.write_alone() as connection:  # no claim is in the making now
        return connection.exec_driver_sql("SELECT max(id) FROM crmlib_events").scalar() or 0


def most_in_a_second(times: list[float]) -> int:
    """Say how many of *times* the densest second holds; its end is outside."""
    at = np.sort(times)
    return int((np.searchsorted(at, at + 1) - np.arange(len(at))).max())


def address_of(customer: int) -> str:
    """Give the address of a customer."""
    return f"c{customer:05}@example.com"


def work(worker: int, url: str, port: int, begun: float, size: Size) -> None:
    """Deliver every second campaign, beside another worker who begins with others."""
    mine = list(range(worker % 2, size.campaigns, 2))
    half = worker // 2 * len(mine) // 2
    (row,) = make_plan(1, channel="smtp").table.to_dict("records")
    with (
        SmtpChannel("127.0.0.1", port, ehlo_name="sender.test") as channel,
        Ledger(url, busy_timeout_seconds=PATIENCE_SECONDS) as ledger,
    ):
        for campaign in mine[half:] + mine[:half]:
            plan = make_plan(
                0,
                campaign=f"campaign {campaign}",
                channel="smtp",
                limits={"caps": [CAP]},
                rows={
                    f"C{customer:05}": row
                    | {
                        "address": address_of(customer),
                        "message": f"Campaign {campaign}",
                        "message_key": f"{campaign}-{customer}",
                    }
                    for customer in size.customers_of(campaign)
                },
            )
            deliver(
                plan,
                ledger,
                approved=plan.digest,
                channels={"smtp": channel},
                rates={"smtp": size.rate},
                clock=lambda: NOON + timedelta(seconds=time.monotonic() - begun),
                batch_size=5,
            )


def main() -> None:
    """Be the workers."""
    url, port, begun, size = json.loads(sys.argv[1])
    children = []
    for worker in range(WORKERS):
        child = os.fork()
        if not child:
            try:
                work(worker, url, port, begun, Size(**size))
            except BaseException:  # noqa: BLE001 -- it must not come back as a second parent
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        children.append(child)
    statuses = [os.waitpid(child, 0)[1] for child in children]
    sys.exit(any(statuses))


if __name__ == "__main__":
    main()
