"""``crmlib pause``, ``resume`` and ``cancel``: what the operator says to a campaign."""

from __future__ import annotations

from typing import Annotated

import typer

from crmlib.cli._ledger_options import LedgerPath, Operator, existing_ledger, ledger_option
from crmlib.cli._output import quoted, say
from crmlib.delivery import (
    CanaryStage,
    Ledger,
    cancel_campaign,
    pause_campaign,
    resume_campaign,
    utc_now,
)

CampaignName = Annotated[str, typer.Argument(help="Name of the campaign.")]
Note = Annotated[str, typer.Option(help="Why; it is kept in the ledger.")]


def pause(
    campaign: CampaignName, note: Note, ledger: LedgerPath = "crm.db", operator: Operator = None
) -> None:
    """Send nothing more of a campaign until it is resumed; what waits goes on waiting."""
    with Ledger(existing_ledger(ledger), operator=operator) as book:
        pause_campaign(book, campaign, note=note, at=utc_now())
    way = f"crmlib resume {quoted(campaign)}{ledger_option(ledger)} --note ..."
    say(f"{campaign} is paused; {way} lets it go on")


def resume(
    campaign: CampaignName, note: Note, ledger: LedgerPath = "crm.db", operator: Operator = None
) -> None:
    """Let a paused campaign go on at the next crmlib send; after a canary, with all others.

    A canary that is out when somebody pauses the campaign stays out: looked at, it is resumed too.
    """
    with Ledger(existing_ledger(ledger), operator=operator) as book:
        stage = resume_campaign(book, campaign, note=note, at=utc_now())
    if stage is CanaryStage.RELEASED:
        say(f"the canary of {campaign} is released: all others may go")
    say(f"{campaign} goes on at the next crmlib send; a crmlib work takes it up by itself")
    if stage is CanaryStage.OUT:
        say("its canary is still out: the others wait until it was tried, looked at and resumed")


def cancel(
    campaign: CampaignName, note: Note, ledger: LedgerPath = "crm.db", operator: Operator = None
) -> None:
    """End a campaign for good: nothing that waits is sent any more."""
    with Ledger(existing_ledger(ledger), operator=operator) as book:
        count = cancel_campaign(book, campaign, note=note, at=utc_now())
    say(f"{campaign} is cancelled; {count:,} messages that waited are not sent")
