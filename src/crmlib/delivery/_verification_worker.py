"""A warm process that delivers in forked children and has them killed at a chosen step.

It reads one JSON object per line: first where it works, then which run, which
design, store and channel, how many workers, at which step to kill each of
them; and answers with one line on what was in hand at the kill and where each
message stands after the restart.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from crmlib.channels import SmtpChannel
from crmlib.delivery._deliver import deliver
from crmlib.delivery._ledger import Ledger
from crmlib.delivery._verification_place import PATIENCE_SECONDS, Place
from crmlib.delivery._verification_plan import NOON, domain_of, make_plan
from crmlib.delivery._verification_site import Site
from crmlib.delivery._verification_steps import Steps
from crmlib.exceptions import CRMLibError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from crmlib.campaigns import Plan
    from crmlib.interfaces import Channel

    Design = Callable[[Plan, Place, datetime, Channel], None]

BATCH: Final = 4
_KEY_LIFE_SECONDS: Final = 48 * 3600


class KeyedSmtpChannel(SmtpChannel):
    """SMTP to a server that drops a message whose Message-ID it has had already."""

    name = "smtp"
    capabilities = attrs.evolve(SmtpChannel.capabilities, idempotency_seconds=_KEY_LIFE_SECONDS)


_CHANNELS: Final = {"plain": SmtpChannel, "keyed": KeyedSmtpChannel}


@attrs.frozen(kw_only=True)
class Command:
    """What one run is to be: the fields are those of the JSON object that asks for it.

    ``kill_at`` holds for each attempt at which step each worker is killed (0:
    at none), ``hours`` the clock of each attempt, ``mailbox`` how the server
    behaves.
    """

    run: int
    design: str
    store: str
    channel: str
    mailbox: str
    workers: int
    kill_at: list[list[int]]
    hours: list[int]


def deliver_by_ledger(plan: Plan, place: Place, now: datetime, channel: Channel) -> None:
    """Do it the way crmlib does; what the machine remembers of servers stays in the folder."""
    os.environ["STATE_DIRECTORY"] = str(place.folder)
    with Ledger(place.url, busy_timeout_seconds=PATIENCE_SECONDS) as ledger:
        deliver(
            plan,
            ledger,
            approved=plan.digest,
            channels={"smtp": channel},
            clock=lambda: now,
            batch_size=BATCH,
        )


DESIGNS: Final[Mapping[str, Design]] = {"ledger": deliver_by_ledger}


def serve(designs: Mapping[str, Design]) -> None:
    """Answer standard input line by line, the first line with what is in the way, if anything."""
    site = Site(**json.loads(sys.stdin.readline()))
    try:
        _warm_up(site)
    except CRMLibError as error:
        _answer({"problem": str(error)})
        return
    _answer({"problem": None})
    for line in sys.stdin:
        _answer(_sweep_one(site, designs, Command(**json.loads(line))))


def _answer(value: dict[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(value)}\n")
    sys.stdout.flush()


def _warm_up(site: Site) -> None:
    """Deliver once in this process, so that each child finds everything loaded."""
    for number, server in enumerate({None, site.server}):
        name = f"{site.name}_warm_{os.getpid()}_{number}"
        place = Place(Path(site.folder) / name, server)
        place.make()
        try:
            with SmtpChannel("127.0.0.1", site.port, ehlo_name="sender.test") as channel:
                deliver_by_ledger(make_plan(name, "warm.example.com"), place, NOON, channel)
        finally:
            place.clear()
    gc.freeze()  # children then share these pages


def _sweep_one(site: Site, designs: Mapping[str, Design], command: Command) -> dict[str, Any]:
    """Run, kill, look, and start again until nothing kills it."""
    server = site.server if command.store == "postgres" else None
    place = Place(Path(site.folder) / f"{site.name}_{command.run}", server)
    place.make()
    plan = make_plan(f"run {command.run}", domain_of(command.run, command.mailbox))
    channel = partial(_CHANNELS[command.channel], "127.0.0.1", site.port, ehlo_name="sender.test")
    signals, statuses, in_hand, after = [], [0], 0, place.states()
    attempts = [*command.kill_at, [0] * command.workers]
    for kill_at, hours in zip(attempts, command.hours, strict=False):
        before = after
        start = partial(designs[command.design], plan, place, NOON + timedelta(hours=hours))
        statuses = _in_children(start, place.folder, channel, kill_at)
        signals.append([os.WTERMSIG(code) if os.WIFSIGNALED(code) else 0 for code in statuses])
        after = place.states()
        # what was in hand before is settled by now: its lease is over
        in_hand += sum(state == "claimed" and before.get(c) != state for c, state in after.items())
    place.clear()
    steps = place.folder / "steps"
    return {
        "run": command.run,
        "signals": signals,
        "statuses": statuses,
        "in_hand": in_hand,
        "states": after,
        "steps": json.loads(steps.read_text()) if steps.exists() else [],
    }


def _in_children(
    start: Callable[[Channel], None],
    folder: Path,
    make_channel: Callable[[], Channel],
    kill_at: list[int],
) -> list[int]:
    """Deliver in a child for each of *kill_at*, which dies at that step; give wait statuses."""
    children = []
    for step in kill_at:
        child = os.fork()
        if not child:
            _work(start, folder, make_channel, step)
        children.append(child)
    return [os.waitpid(child, 0)[1] for child in children]


def _work(
    start: Callable[[Channel], None],
    folder: Path,
    make_channel: Callable[[], Channel],
    kill_at: int,
) -> None:
    try:
        steps = Steps(kill_at)
        steps.install()
        with make_channel() as channel:
            start(channel)
            mine = folder / f"steps {os.getpid()}"
            mine.write_text(json.dumps(steps.names))
            mine.replace(folder / "steps")  # whole, whichever worker is the last
    except BaseException:  # noqa: BLE001 -- it must not come back as a second worker
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    serve(DESIGNS)
