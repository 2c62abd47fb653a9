"""``crmlib send``: deliver what is due of an approved plan."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmlib.campaigns import Plan, load_campaign
from crmlib.channels import load_channel
from crmlib.cli._campaign_tables import read_consents
from crmlib.cli._output import AsJson, note, print_json, progress, say
from crmlib.cli._pipeline import check_same_campaign
from crmlib.cli._preview import PlanPath
from crmlib.cli._status import LedgerPath, ledger_url
from crmlib.delivery import DeliveryState, Ledger, deliver, utc_now

if TYPE_CHECKING:
    from crmlib.interfaces import Channel


def send(
    plan: PlanPath,
    approve: Annotated[str, typer.Option(help="Digest of the plan that was read.")],
    ledger: LedgerPath = "crm.db",
    campaign: Annotated[
        Path | None,
        typer.Option(help="Campaign file: settings of its channels, and the newest consents."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send what is due now, once; run it again, from cron for instance, for what is due later."""
    made = Plan.load(plan)
    with (
        ExitStack() as stack,
        Ledger(ledger_url(ledger)) as book,
        progress("sending") as advance,
    ):
        channels: dict[str, Channel] = {}
        if campaign is None:
            note("without --campaign only withdrawals that the ledger knows already are obeyed")
        else:
            spec = load_campaign(campaign)
            check_same_campaign(spec, made)
            book.record_consents(read_consents(spec))
            channels = {
                name: stack.enter_context(load_channel(name).from_settings(settings))
                for name, settings in spec.channels.items()
            }
        summary = deliver(
            made, book, approved=approve, channels=channels, clock=utc_now, progress=advance
        )
        waiting = book.deliveries(made.campaign)
    tried = waiting[(waiting["state"] == DeliveryState.PLANNED) & (waiting["attempts"] > 0)]
    for detail, count in tried["detail"].value_counts().items():
        note(f"{count:,} could not be handed over and will be tried again: {detail}")
    if as_json:
        print_json(summary.to_dict())
    else:
        say(summary.summary())
    if summary.counts.get("unknown") or summary.counts.get("dead"):
        raise typer.Exit(6)
