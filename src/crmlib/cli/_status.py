"""``crmlib status``: what the ledger knows."""

from __future__ import annotations

from typing import Annotated

import typer

from crmlib.cli._ledger_options import LedgerPath, existing_ledger, ledger_option
from crmlib.cli._log import show_log_of
from crmlib.cli._output import AsJson, print_json, records, say
from crmlib.cli._progress_lines import describe_progress
from crmlib.delivery import Ledger, list_actions, read_progress, utc_now


def status(
    campaign: Annotated[
        str | None, typer.Argument(help="Only this campaign.", show_default=False)
    ] = None,
    ledger: LedgerPath = "crm.db",
    show_log: Annotated[bool, typer.Option("--log", help="Also who did what when.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say where each campaign stands: counts that add up, why what waits waits, rate and end."""
    with Ledger(existing_ledger(ledger)) as book:
        found = read_progress(book, campaign, now=utc_now())
        actions = list_actions(book, campaign) if show_log else None
    if as_json:
        told = [each.to_dict() for each in found]
        if actions is None:
            print_json(told)
        else:
            print_json({"campaigns": told, "log": records(actions)})
        return
    if not found:
        say("The ledger is empty: nothing was approved for sending yet.")
    for each in found:
        for line in describe_progress(each, ledger_option(ledger)):
            say(line)
        say()
    if actions is not None:
        show_log_of(actions)
