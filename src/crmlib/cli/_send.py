"""``crmlib send``: deliver what is due of an approved plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmlib.campaigns import Plan, load_campaign
from crmlib.channels import load_channel
from crmlib.cli._output import AsJson, print_json, progress, say
from crmlib.cli._pipeline import read_table
from crmlib.cli._preview import PlanPath
from crmlib.cli._status import LedgerPath, ledger_url
from crmlib.delivery import Ledger, deliver, utc_now
from crmlib.tables import check_consents

if TYPE_CHECKING:
    from crmlib.campaigns import CampaignFile
    from crmlib.interfaces import Channel

BUSY_SECONDS = 5.0
"""How long another program may keep the ledger locked."""


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
    spec = load_campaign(campaign) if campaign else None
    channels = configured_channels(spec) if spec else None
    with (
        Ledger(ledger_url(ledger), busy_timeout_seconds=BUSY_SECONDS) as book,
        progress("sending") as advance,
    ):
        if spec:
            book.record_consents(read_table(spec.data.consents, check_consents))
        summary = deliver(
            made, book, approved=approve, channels=channels, clock=utc_now, progress=advance
        )
    if as_json:
        print_json(summary.to_dict())
    else:
        say(summary.summary())
    if summary.counts.get("unknown") or summary.counts.get("dead"):
        raise typer.Exit(6)


def configured_channels(spec: CampaignFile) -> dict[str, Channel]:
    """Make the channels of a campaign file with the settings that it gives."""
    return {
        name: load_channel(name).from_settings(spec.channels.get(name, {}))
        for name in spec.campaign.channels
    }
