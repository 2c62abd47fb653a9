"""Promise 2 on a disk that is really full: what cannot be claimed is not sent."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from plans_to_deliver import NOON, Clock, FakeChannel, accepted, make_plan
from postgres_server import NoPostgresError, PostgresServer

from crmlib.delivery import Ledger, deliver
from crmlib.exceptions import LedgerUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from crmlib.delivery import DeliverySummary
    from crmlib.messages import DeliveryReceipt, Message

COUNT = 400
PLAN = make_plan(COUNT)
SIZES = {"sqlite": "4m", "postgres": "128m"}


class SmallDisk:
    """A file system that can be filled to the last block, with a place for a ledger on it."""

    def __init__(self, place: Path, store: str) -> None:
        self._ballast = place / "ballast"
        self._server = PostgresServer(place=place) if store == "postgres" else None
        self.url = f"sqlite:///{place}/crm.db"
        if self._server is not None:
            self.url = self._server.url(self._server.make_database())

    def fill(self) -> None:
        """Leave no room."""
        with suppress(OSError):  # the server takes some meanwhile
            self._ballast.write_bytes(bytes(shutil.disk_usage(self._ballast.parent).free))

    def make_room(self) -> None:
        """Give all of it back; a server that ended for want of it is started again."""
        self._ballast.unlink()
        if self._server is not None and not self._server.is_running:
            self._server.start()

    def close(self) -> None:
        """End what runs on it."""
        if self._server is not None:
            self._server.close()


@pytest.fixture(params=list(SIZES))
def small_disk(request: pytest.FixtureRequest) -> Iterator[SmallDisk]:
    """Mount a small disk; where only the administrator may, the test says so and is skipped."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the server runs as another user
        options = ["-t", "tmpfs", "-o", f"size={SIZES[request.param]}", "crmlib-tests"]
        mounted = subprocess.run(
            ["mount", *options, folder], capture_output=True, text=True, check=False
        )
        if mounted.returncode:
            pytest.skip(f"NOT TESTED ON A FULL DISK: {mounted.stderr.strip()}")
        try:
            disk = SmallDisk(Path(folder), request.param)
            yield disk
            disk.close()
        except NoPostgresError as error:
            pytest.skip(f"NOT TESTED ON POSTGRESQL: {error}")
        finally:
            subprocess.run(["umount", folder], check=True)


def send(ledger: Ledger, channel: FakeChannel, at: datetime, batch_size: int) -> DeliverySummary:
    """Deliver PLAN."""
    return deliver(
        PLAN,
        ledger,
        approved=PLAN.digest,
        channels={"fake": channel},
        clock=Clock(at),
        batch_size=batch_size,
    )


def test_on_a_full_disk_nothing_is_claimed_and_nothing_leaves(small_disk: SmallDisk) -> None:
    """Promise 2: the disk is full when it comes to claiming; with room again all go, once."""
    channel = FakeChannel()
    with Ledger(small_disk.url) as ledger:
        send(ledger, channel, NOON - timedelta(days=1), COUNT)
        small_disk.fill()
        with pytest.raises(LedgerUnavailableError, match="make room"):
            send(ledger, channel, NOON, COUNT)
        left_meanwhile = list(channel.sent)
        small_disk.make_room()
        summary = send(ledger, channel, NOON, COUNT)

    assert left_meanwhile == []
    assert summary.counts["accepted"] == len(set(channel.sent)) == len(channel.sent) == COUNT


def test_a_disk_that_fills_in_mid_campaign_loses_nothing(small_disk: SmallDisk) -> None:
    """Promises 2 and 5: full while messages leave, it stops; later the rest goes, none twice."""
    channel = filling_channel(small_disk, 150)
    with Ledger(small_disk.url) as ledger:
        with pytest.raises(LedgerUnavailableError):
            send(ledger, channel, NOON, 100)
        first = len(channel.sent)
        small_disk.make_room()
        summary = send(ledger, channel, NOON + timedelta(hours=1), 100)

    assert 150 <= first < COUNT
    assert len(set(channel.sent)) == len(channel.sent) == COUNT
    assert summary.counts["accepted"] + summary.counts["unknown"] == COUNT
    assert summary.finished


def filling_channel(disk: SmallDisk, number: int) -> FakeChannel:
    """Give a channel that takes all, and fills the disk with its so-manyth message."""

    def take(message: Message) -> DeliveryReceipt:
        if len(channel.sent) == number:
            disk.fill()
        return accepted(message)

    channel = FakeChannel(take, batch_size=1)
    return channel
