"""Workers: plans handed over in a folder, sent when the ledger knows them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from plans_to_deliver import NOON, Clock, FakeChannel, accepted, make_plan
from test_keep_delivering import Patience

from crmlib.campaigns import Plan
from crmlib.delivery import (
    DeliverySummary,
    Ledger,
    cancel_campaign,
    deliver,
    enqueue_plan,
    list_queued,
    pause_campaign,
    work,
)
from crmlib.exceptions import (
    CRMLibError,
    LedgerLineageError,
    PlanNotApprovedError,
    PlanTooLargeError,
    UnreadableFileError,
)
from crmlib.messages import DeliveryReceipt, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from crmlib.delivery import QueuedPlan
    from crmlib.messages import Message


def hand_over(ledger: Ledger, folder: Path, plan: Plan, **how: Any) -> QueuedPlan:
    """Hand *plan* over before anything of it is due."""
    early = Clock(NOON - timedelta(hours=1))
    return enqueue_plan(plan, ledger, folder, approved=plan.digest, clock=early, **how)


class Worker:
    """A worker whose clock moves as it waits."""

    def __init__(self, ledger: Ledger, folder: Path, channel: FakeChannel | None = None) -> None:
        self.clock = Clock()
        self.patience = Patience(self.clock)
        self.channel = channel or FakeChannel()
        self.told: list[tuple[str, str]] = []
        self._ledger = ledger
        self._folder = folder

    def deliver(self, queued: QueuedPlan, stop: Callable[[], bool]) -> DeliverySummary:
        """Deliver the copy that the queue keeps."""
        return deliver(
            Plan.load(queued.plan_file),
            self._ledger,
            approved=queued.digest,
            channels={"fake": self.channel},
            clock=self.clock,
            batch_size=2,
            stop=stop,
        )

    def tell(self, queued: QueuedPlan, came: DeliverySummary | CRMLibError) -> None:
        """Keep what came of a turn."""
        text = f"{came.sent_now} sent" if isinstance(came, DeliverySummary) else str(came)
        self.told.append((queued.campaign, text))

    def run(self, until: datetime | None = NOON + timedelta(minutes=5)) -> int:
        """Work till then."""
        return work(
            self._folder,
            self._ledger,
            deliver=self.deliver,
            wait=self.patience,
            tell=self.tell,
            until=until,
            clock=self.clock,
        )


def test_a_worker_sends_what_was_handed_over_at_its_minute(ledger: Ledger, tmp_path: Path) -> None:
    """Two campaigns, one of them two minutes later: each leaves when due, and nothing twice."""
    late = NOON + timedelta(minutes=2)
    hand_over(ledger, tmp_path / "queue", make_plan(3))
    hand_over(ledger, tmp_path / "queue", make_plan(2, campaign="spring", send_at=late))
    worker = Worker(ledger, tmp_path / "queue")
    sent = worker.run()
    again = Worker(ledger, tmp_path / "queue", worker.channel).run(NOON + timedelta(minutes=9))

    assert (sent, again) == (5, 0)
    assert worker.told == [("winback", "3 sent"), ("spring", "2 sent")]
    assert len(set(worker.channel.sent)) == len(worker.channel.sent) == 5
    assert max(worker.patience.waits) == 60


def test_a_plan_made_anew_changes_nothing_of_what_was_handed_over(
    ledger: Ledger, tmp_path: Path
) -> None:
    """The queue keeps a copy: to hand it over twice is to hand it over once."""
    queue, plan = tmp_path / "queue", make_plan(2)
    plan.save(tmp_path / "winback.plan")
    first = hand_over(ledger, queue, plan, campaign_file=tmp_path / "campaign.toml")
    second = hand_over(ledger, queue, plan, campaign_file=tmp_path / "campaign.toml")
    make_plan(2, text="Pay now").save(tmp_path / "winback.plan")
    worker = Worker(ledger, queue)
    worker.run()

    assert first == second
    assert list_queued(queue) == [first]
    assert first.campaign_file == tmp_path / "campaign.toml"
    assert Plan.load(first.plan_file).digest == plan.digest == first.digest
    assert ledger.status()["accepted"].to_list() == [2]


def test_only_what_this_ledger_knows_is_sent(ledger: Ledger, tmp_path: Path) -> None:
    """A queue that was filled with another ledger is told of, and nothing of it leaves."""
    with Ledger(f"sqlite:///{tmp_path}/other.db") as other:
        hand_over(other, tmp_path / "queue", make_plan(2))
    worker = Worker(ledger, tmp_path / "queue")
    sent = worker.run(NOON + timedelta(seconds=90))

    assert (sent, worker.channel.sent) == (0, [])
    assert len(worker.told) == 2
    assert "'of another ledger' is not for this plan" in worker.told[0][1]


def test_a_campaign_that_fails_does_not_stop_the_others(ledger: Ledger, tmp_path: Path) -> None:
    """It is tried again a minute later; a ledger that is a copy ends the worker."""
    queue = tmp_path / "queue"
    broken = hand_over(ledger, queue, make_plan(1, campaign="broken"))
    hand_over(ledger, queue, make_plan(1))
    broken.plan_file.write_text("torn")
    worker = Worker(ledger, queue)
    sent = worker.run(NOON + timedelta(seconds=90))

    assert sent == 1
    assert [name for name, _ in worker.told] == ["broken", "winback", "broken"]

    def deliver_by_copy(*_: object) -> DeliverySummary:
        raise LedgerLineageError("crm.db", "it is a copy of another ledger")

    worker = Worker(ledger, queue)
    worker.deliver = deliver_by_copy  # type: ignore[method-assign]
    with pytest.raises(LedgerLineageError):
        worker.run()


def test_a_long_campaign_gives_the_others_their_turn(ledger: Ledger, tmp_path: Path) -> None:
    """After half a minute the next one has its turn, and then it goes on."""
    queue = tmp_path / "queue"
    hand_over(ledger, queue, make_plan(6, campaign="long"))
    hand_over(ledger, queue, make_plan(1))
    worker = Worker(ledger, queue)

    def take_ten_seconds(message: Message) -> DeliveryReceipt:
        worker.clock.advance(seconds=10)
        return accepted(message)

    worker.channel = FakeChannel(take_ten_seconds)
    worker.run()

    assert worker.told == [("long", "3 sent"), ("winback", "1 sent"), ("long", "3 sent")]


def test_a_worker_ends_where_it_is_told(ledger: Ledger, tmp_path: Path) -> None:
    """Told to stop it ends between two campaigns; paused ones are left alone meanwhile."""
    queue = tmp_path / "queue"
    hand_over(ledger, queue, make_plan(1))
    pause_campaign(ledger, "winback", note="a moment", at=NOON)
    worker = Worker(ledger, queue)
    worker.patience = Patience(worker.clock, most=3)

    assert worker.run(None) == 0
    assert worker.patience.waits == [60.0] * 3
    assert worker.told == []
    assert worker.run(None) == 0


def test_what_was_cut_off_while_handed_over_is_entered_by_the_worker(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker enters the rows that are missing, and sends them."""
    queue, plan = tmp_path / "queue", make_plan(3)
    hand_over(ledger, queue, plan)
    monkeypatch.undo()
    with ledger.store.write() as connection:
        connection.exec_driver_sql("UPDATE crmlib_runs SET canary = NULL")
    worker = Worker(ledger, queue)

    assert worker.run() == 3


def test_what_is_handed_over_is_checked(ledger: Ledger, tmp_path: Path) -> None:
    """Another digest, too many, and a file that is none of ours are refused."""
    plan = make_plan(2)
    with pytest.raises(PlanNotApprovedError):
        enqueue_plan(plan, ledger, tmp_path, approved="9f2c")
    with pytest.raises(PlanTooLargeError):
        hand_over(ledger, tmp_path, plan, recipients=3)
    for text in ("no JSON", "{}", json.dumps({"format": "x", "campaign": "a", "digest": "b"})):
        (tmp_path / "a.json").write_text(text)
        with pytest.raises(UnreadableFileError, match="no plan that was handed over"):
            list_queued(tmp_path)
    (tmp_path / "a.json").write_text(
        json.dumps({"format": "x", "campaign": "a", "digest": "b", "campaign_file": None})
    )
    with pytest.raises(UnreadableFileError, match="take it out of the folder"):
        list_queued(tmp_path)


def test_what_is_handed_over_of_a_cancelled_campaign_is_blocked(
    ledger: Ledger, tmp_path: Path
) -> None:
    """At once, though it is not due; and what a sender had in hand when it was cancelled."""
    late = NOON + timedelta(minutes=2)

    def cancel_meanwhile(message: Message) -> DeliveryReceipt:
        cancel_campaign(ledger, "winback", note="sold out", at=NOON)
        return DeliveryReceipt(key=message.key, outcome=Outcome.RETRY)

    hand_over(ledger, tmp_path, make_plan(1))
    worker = Worker(ledger, tmp_path, FakeChannel(cancel_meanwhile))
    worker.run()
    returned = ledger.status("winback")["blocked"].item()
    hand_over(ledger, tmp_path, make_plan(3, send_at=late))

    assert returned == 1
    assert ledger.status("winback")["blocked"].item() == 3
    assert len(worker.channel.sent) == 1
