"""SIGKILL at every step of a delivery over a real SMTP server: no doubles, no silent losses."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from kill_sweep import HEADINGS, describe, make_sweep
from postgres_server import MEMORY

from crmlib.delivery._verification import Setting
from crmlib.delivery._verification_plan import RECIPIENTS
from crmlib.delivery._verification_worker import BATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crmlib.delivery._verification import Sweep, Verdict

WIRE = {"connect", "getreply", "sendall"}
OVER = [True, False]
"""A step on the wire and then one that is not: a batch was sent."""
KINDS = {
    *("do_execute", "do_commit"),
    *("pwrite", "ftruncate", "fsync"),
    *WIRE,
}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> str:
    """Name the store that is swept."""
    return request.param


@pytest.fixture(scope="module")
def sweep(store: str, request: pytest.FixtureRequest) -> Iterator[Sweep]:
    """Start what sweeps, in memory: what a killed process has written stays with the system."""
    url = None
    if store == "postgres":
        server = request.getfixturevalue("server")
        url = server.url(server.make_database())
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        begun = make_sweep(Path(folder), url)
        yield begun
        begun.close()


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Callable[[Setting, list[Verdict]], None]:
    """Print what was swept: the proof."""

    def show_row(setting: Setting, verdicts: list[Verdict]) -> None:
        with capsys.disabled():
            print(f"\nkill sweep: {HEADINGS}\n            {describe(setting, verdicts)}")  # noqa: T201

    return show_row


def test_no_kill_makes_a_double_or_a_silent_loss(
    sweep: Sweep, store: str, show: Callable[..., None]
) -> None:
    """Killed at any step there is, each message arrives once or is flagged unknown."""
    setting = Setting(store=store)
    verdicts = sweep.sweep(setting, stride=6)
    show(setting, verdicts)

    # a server gets the rows of a batch in one statement
    kinds = KINDS | {"do_executemany"} if store == "sqlite" else KINDS
    assert {step.split()[0] for step in verdicts[0].steps} == kinds
    assert all(verdict.is_clean for verdict in verdicts)
    assert all(verdict.kills for verdict in verdicts[1:])
    assert [(verdict.doubles, verdict.losses) for verdict in verdicts] == [(0, 0)] * len(verdicts)
    assert {verdict.states.total() for verdict in verdicts} == {RECIPIENTS}
    assert {state for verdict in verdicts for state in verdict.states} == {"accepted", "unknown"}
    assert [verdict.unknown for verdict in verdicts] == [verdict.in_hand for verdict in verdicts]
    assert {verdict.in_hand for verdict in verdicts} >= {0, 4}


def test_four_workers_that_are_killed_make_none_either(
    sweep: Sweep, store: str, show: Callable[..., None]
) -> None:
    """Four workers on one campaign, each killed somewhere else, leave the same proof."""
    setting = Setting(store=store, workers=4)
    verdicts = sweep.sweep(setting, stride=40)
    show(setting, verdicts)

    assert all(verdict.is_clean for verdict in verdicts)
    assert sum(verdict.kills for verdict in verdicts) > len(verdicts)
    assert [(verdict.doubles, verdict.losses) for verdict in verdicts] == [(0, 0)] * len(verdicts)
    assert {verdict.states.total() for verdict in verdicts} == {RECIPIENTS}
    assert [verdict.unknown for verdict in verdicts] == [verdict.in_hand for verdict in verdicts]


def test_where_the_provider_drops_repeated_keys_nothing_is_even_unknown(
    sweep: Sweep, store: str, show: Callable[..., None]
) -> None:
    """Four workers, killed, and a provider that knows each key: all arrive, once."""
    setting = Setting(store=store, workers=4, channel="keyed")
    verdicts = sweep.sweep(setting, stride=50)
    show(setting, verdicts)

    assert all(verdict.is_clean for verdict in verdicts)
    assert {verdict.received for verdict in verdicts} == {RECIPIENTS}
    assert [verdict.states for verdict in verdicts] == [{"accepted": RECIPIENTS}] * len(verdicts)
    assert {verdict.doubles for verdict in verdicts} == {0}


def test_lanes_that_are_killed_together_make_none_either(
    sweep: Sweep, store: str, show: Callable[..., None]
) -> None:
    """Two channels at once, each at a rate: what both had in hand is flagged, and no more."""
    setting = Setting(design="ledger in lanes", store=store)
    verdicts = sweep.sweep(setting, stride=12)
    show(setting, verdicts)

    assert all(verdict.is_clean for verdict in verdicts)
    assert [(verdict.doubles, verdict.losses) for verdict in verdicts] == [(0, 0)] * len(verdicts)
    assert {verdict.states.total() for verdict in verdicts} == {RECIPIENTS}
    assert [verdict.unknown for verdict in verdicts] == [verdict.in_hand for verdict in verdicts]
    assert max(verdict.in_hand for verdict in verdicts) > BATCH


def test_lost_replies_and_a_clock_that_jumps_make_no_double(
    sweep: Sweep, store: str, show: Callable[..., None]
) -> None:
    """Replies are lost and the clock goes back three hours between restarts: still none."""
    setting = Setting(store=store, mailbox="mute", hours=(3, 0, 5))
    verdicts = sweep.sweep(setting, stride=50)
    show(setting, verdicts)

    assert all(verdict.is_clean for verdict in verdicts)
    assert [(verdict.doubles, verdict.losses) for verdict in verdicts] == [(0, 0)] * len(verdicts)
    assert min(verdict.unknown for verdict in verdicts) >= 1
    assert {verdict.states.total() for verdict in verdicts} == {RECIPIENTS}


def test_reports_that_come_twice_while_senders_are_killed_make_none_either(
    sweep: Sweep, store: str, show: Callable[..., None]
) -> None:
    """Reports come before the receipts, again and the last first: they only ever settle."""
    setting = Setting(design="ledger with reports", store=store)
    verdicts = sweep.sweep(setting, stride=60)
    steps = [step.split()[0] for step in verdicts[0].steps]
    reported = [
        at for at, two in enumerate(pairwise(steps), 2) if [s in WIRE for s in two] == OVER
    ]
    settled = sweep.run(setting, [[[at]] for at in reported])
    show(setting, [*verdicts, *settled])

    assert all(verdict.is_clean for verdict in verdicts)
    assert [(verdict.doubles, verdict.losses) for verdict in verdicts] == [(0, 0)] * len(verdicts)
    assert {verdict.states.total() for verdict in verdicts} == {RECIPIENTS}
    assert all(verdict.unknown <= verdict.in_hand for verdict in verdicts)
    assert [verdict.states for verdict in settled] == [{"accepted": RECIPIENTS}] * len(reported)
    assert {(verdict.doubles, verdict.losses) for verdict in settled} == {(0, 0)}
    assert any(verdict.in_hand for verdict in settled)


VILLAINS = {
    "record after batch": (True, False),
    "checkpoint at fetch": (False, True),
}


@pytest.mark.parametrize("design", list(VILLAINS))
def test_the_sweep_catches_naive_designs(
    sweep: Sweep, store: str, show: Callable[..., None], design: str
) -> None:
    """The same kills show the doubles of one villain and the losses of the other."""
    setting = Setting(store=store, design=design)
    verdicts = sweep.sweep(setting, stride=13)
    show(setting, verdicts)
    has = [any(getattr(verdict, fault) for verdict in verdicts) for fault in ("doubles", "losses")]

    assert (verdicts[0].doubles, verdicts[0].losses) == (0, 0)
    assert tuple(has) == VILLAINS[design]
