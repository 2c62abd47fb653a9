"""``crmlib status``: what the ledger knows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crmlib.cli._output import AsJson, print_json, records, say, show_table
from crmlib.delivery import Ledger
from crmlib.exceptions import LedgerUnavailableError

LedgerPath = Annotated[str, typer.Option("--ledger", help="Ledger file.")]


def ledger_url(path: str) -> str:
    """Give the URL of a ledger that is named by its file, or by a URL already."""
    return path if "://" in path else f"sqlite:///{path}"


def existing_ledger(path: str) -> str:
    """Give the URL of a ledger that must be there: looking at it makes none."""
    if "://" not in path and not Path(path).exists():
        raise LedgerUnavailableError(
            path,
            "there is no such file",
            "name the ledger that crmlib send wrote, with --ledger; before the first send "
            "there is none, and crmlib plan needs none",
        )
    return ledger_url(path)


def status(
    ledger: LedgerPath = "crm.db",
    campaign: Annotated[str | None, typer.Option(help="Only this campaign.")] = None,
    as_json: AsJson = False,
) -> None:
    """Count the messages of each campaign by state: each address is one message."""
    with Ledger(existing_ledger(ledger)) as book:
        frame = book.status(campaign)
    if as_json:
        print_json(records(frame))
    elif frame.empty:
        say("The ledger is empty: nothing was approved for sending yet.")
    else:
        states = frame.drop(columns="messages").melt("campaign", var_name="state")
        counts = states[states["value"] > 0].sort_values("campaign", kind="stable")
        show_table(counts.rename(columns={"value": "messages"}))
