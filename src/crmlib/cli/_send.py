"""``crmlib send``: deliver what is due of an approved plan, once or until a time."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmlib.campaigns import Plan
from crmlib.cli._campaign_desk import CampaignDesk
from crmlib.cli._ledger_options import LedgerPath, Operator, ledger_url
from crmlib.cli._moments import read_moment
from crmlib.cli._output import AsJson, note, print_json, progress, say
from crmlib.cli._preview import PlanPath
from crmlib.cli._progress_lines import describe_reasons
from crmlib.cli._stopping import Stopping
from crmlib.delivery import Ledger, deliver, keep_delivering, read_progress, utc_now

if TYPE_CHECKING:
    from datetime import datetime

    from crmlib.delivery import DeliverySummary

Canary = Annotated[
    float | None,
    typer.Option(
        help="Share (0.01) or number (50) that goes first; then it waits for crmlib resume."
    ),
]
Recipients = Annotated[
    int | None,
    typer.Option(help="How many the plan writes to, named where that is unusually many."),
]
CampaignPath = Annotated[
    Path | None,
    typer.Option(
        "--campaign", help="Campaign file: settings of its channels, and the newest consents."
    ),
]


def send(
    plan: PlanPath,
    approve: Annotated[str, typer.Option(help="Digest of the plan that was read.")],
    ledger: LedgerPath = "crm.db",
    campaign: CampaignPath = None,
    until: Annotated[
        str | None,
        typer.Option(
            help="Go on until this time (18:00, or ISO 8601 with offset) or until all is "
            "settled; 'settled': however long that takes."
        ),
    ] = None,
    canary: Canary = None,
    recipients: Recipients = None,
    operator: Operator = None,
    as_json: AsJson = False,
) -> None:
    """Send what is due now, once, or go on with --until; run it again for what is due later.

    Ctrl-C, or the signal of systemd, records what is in hand and ends. Exit code 6: messages are
    unknown or dead, or all were rejected.
    """
    made, end = Plan.load(plan), _end(until)
    with (
        ExitStack() as stack,
        Ledger(ledger_url(ledger), operator=operator) as book,
        Stopping() as stopping,
        progress("sending") as advance,
    ):
        if campaign is None:
            note("without --campaign only withdrawals that the ledger knows already are obeyed")
        desk = CampaignDesk(campaign, made, stack)

        def look() -> DeliverySummary:
            desk.hand_in_consents(book)
            return deliver(
                made,
                book,
                approved=approve,
                channels=desk.channels,
                clock=utc_now,
                canary=canary,
                recipients=recipients,
                stop=stopping.is_told,
                progress=advance,
            )

        if until is None:
            summary = look()
        else:
            summary = keep_delivering(look, wait=stopping.wait, until=end, clock=utc_now)
        is_told = stopping.is_told()
        (state,) = read_progress(book, made.campaign, now=utc_now())
    if is_told:
        note("it was told to stop: what was in hand is recorded; run the same command to go on")
    if as_json:
        for said, count in state.failing.items():
            note(f"{count:,} could not be handed over and will be tried again: {said}")
        print_json(summary.to_dict() | {"waiting": state.waiting, "refused": state.refused})
    else:
        say(summary.summary(describe_reasons(state)))
    counts = summary.counts
    if counts["unknown"] or counts["dead"] or (counts["rejected"] and not counts["accepted"]):
        raise typer.Exit(6)


def _end(text: str | None) -> datetime | None:
    """Give the instant until which to go on; None if there is none."""
    return None if text in {None, "settled"} else read_moment("--until", str(text), utc_now())
