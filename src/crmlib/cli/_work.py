"""``crmlib enqueue`` and ``crmlib work``: hand approved plans to a worker that sends them."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmlib.campaigns import Plan, load_campaign
from crmlib.cli._campaign_desk import CampaignDesk
from crmlib.cli._ledger_options import (
    LedgerPath,
    Operator,
    existing_ledger,
    ledger_option,
    ledger_url,
)
from crmlib.cli._moments import read_moment
from crmlib.cli._output import AsJson, complain, print_json, quoted, say
from crmlib.cli._pipeline import check_same_campaign
from crmlib.cli._preview import PlanPath
from crmlib.cli._send import CampaignPath, Canary, Recipients
from crmlib.cli._stopping import Stopping
from crmlib.delivery import DeliverySummary, Ledger, deliver, enqueue_plan, utc_now
from crmlib.delivery import work as work_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmlib.delivery import QueuedPlan
    from crmlib.exceptions import CRMLibError

QueuePath = Annotated[
    Path, typer.Option("--queue", help="Folder of the plans that were handed over.")
]


def enqueue(
    plan: PlanPath,
    approve: Annotated[str, typer.Option(help="Digest of the plan that was read.")],
    queue: QueuePath = Path("queue"),
    ledger: LedgerPath = "crm.db",
    campaign: CampaignPath = None,
    canary: Canary = None,
    recipients: Recipients = None,
    operator: Operator = None,
    as_json: AsJson = False,
) -> None:
    """Approve a plan and hand it to crmlib work, which sends each message at its minute."""
    made = Plan.load(plan)
    if campaign is not None:
        check_same_campaign(load_campaign(campaign), made)
    with Ledger(ledger_url(ledger), operator=operator) as book:
        queued = enqueue_plan(
            made,
            book,
            queue,
            approved=approve,
            campaign_file=campaign,
            canary=canary,
            recipients=recipients,
            clock=utc_now,
        )
    if as_json:
        print_json({"plan": str(queued.plan_file), "digest": queued.digest})
    else:
        say(
            f"{made.campaign} is handed over; "
            f"crmlib work --queue {quoted(str(queue))}{ledger_option(ledger)} sends it"
        )


def work(
    queue: QueuePath = Path("queue"),
    ledger: LedgerPath = "crm.db",
    until: Annotated[
        str | None, typer.Option(help="End at this time (18:00, or ISO 8601 with offset).")
    ] = None,
    operator: Operator = None,
) -> None:
    """Send what was handed over by crmlib enqueue, each message at its minute, until stopped.

    Several may run at once, on one queue and one ledger.  Ctrl-C, or the
    signal of systemd, records what is in hand and ends.
    """
    end = None if until is None else read_moment("--until", until, utc_now())
    with (
        Ledger(existing_ledger(ledger), operator=operator) as book,
        Stopping() as stopping,
        ExitStack() as stack,
    ):
        desks = _Desks(book, stack)
        sent = work_on(
            queue,
            book,
            deliver=desks.deliver,
            wait=stopping.wait,
            tell=_tell,
            until=end,
            clock=utc_now,
        )
    say(f"{sent:,} messages were accepted")


class _Desks:
    """The plans of a worker, each with its channels, as long as there is something to send."""

    def __init__(self, book: Ledger, stack: ExitStack) -> None:
        self._book = book
        self._stack = stack
        self._open: dict[str, tuple[Plan, CampaignDesk, ExitStack]] = {}

    def deliver(self, queued: QueuedPlan, stop: Callable[[], bool]) -> DeliverySummary:
        """Deliver what is due of a plan."""
        if queued.digest not in self._open:
            self._open[queued.digest] = self._load(queued)
        made, desk, own = self._open[queued.digest]
        desk.hand_in_consents(self._book)
        summary = deliver(
            made,
            self._book,
            approved=queued.digest,
            channels=desk.channels,
            clock=utc_now,
            stop=stop,
        )
        if summary.finished:
            own.close()
            del self._open[queued.digest]
        return summary

    def _load(self, queued: QueuedPlan) -> tuple[Plan, CampaignDesk, ExitStack]:
        made = Plan.load(queued.plan_file)
        own = self._stack.enter_context(ExitStack())
        return made, CampaignDesk(queued.campaign_file, made, own), own


def _tell(queued: QueuedPlan, came: DeliverySummary | CRMLibError) -> None:
    """Say what a turn brought, in a line of the journal; nothing, if it brought nothing."""
    now = f"{utc_now():%Y-%m-%d %H:%M:%S} {queued.campaign}"
    if not isinstance(came, DeliverySummary):
        complain(f"{now}: {came}")
    elif came.sent_now or came.finished:
        state = "all settled" if came.finished else f"{came.open:,} still open"
        say(f"{now}: {came.sent_now:,} sent, {state}")
