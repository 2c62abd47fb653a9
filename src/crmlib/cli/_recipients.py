"""``crmlib recipients``: who did and who did not get it, as a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crmlib.cli._control import CampaignName
from crmlib.cli._ledger_options import LedgerPath, existing_ledger
from crmlib.cli._output import AsJson, print_json, records, say, show_table
from crmlib.delivery import Ledger, list_recipients
from crmlib.tables import write_csv


def recipients(
    campaign: CampaignName,
    ledger: LedgerPath = "crm.db",
    out: Annotated[
        Path | None, typer.Option(help="CSV file, a row for each message.", show_default=False)
    ] = None,
    state: Annotated[
        list[str] | None,
        typer.Option(help="Only these: accepted, dead, unknown, ...; may be repeated."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say who got a campaign, who did not, and of whom that is not known."""
    with Ledger(existing_ledger(ledger)) as book:
        found = list_recipients(book, campaign, states=state)
    if out is not None:
        write_csv(found, out)
    if as_json:
        print_json(records(found))
        return
    counts = found.groupby(["got_it", "state"], sort=True).size().reset_index(name="messages")
    show_table(counts)
    if out is not None:
        say(f"Written:  {out}")
