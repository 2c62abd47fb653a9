"""``crmlib log``: who did what when, from the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from crmlib.cli._ledger_options import LedgerPath, existing_ledger
from crmlib.cli._output import AsJson, print_json, records, say
from crmlib.delivery import Ledger, list_actions

if TYPE_CHECKING:
    import pandas as pd


def log(
    campaign: Annotated[
        str | None, typer.Argument(help="Only this campaign.", show_default=False)
    ] = None,
    ledger: LedgerPath = "crm.db",
    as_json: AsJson = False,
) -> None:
    """List who approved, paused, resumed, settled, sent again: when, and why."""
    with Ledger(existing_ledger(ledger)) as book:
        actions = list_actions(book, campaign)
    if as_json:
        print_json(records(actions))
    else:
        show_log_of(actions)


def show_log_of(actions: pd.DataFrame) -> None:
    """Print the log, a line for each deed."""
    if actions.empty:
        say("Nobody has done anything with this ledger yet.")
        return
    widths = {name: actions[name].str.len().max() for name in ("operator", "action")}
    for deed in actions.itertuples():
        campaign = f"{deed.campaign}: " if isinstance(deed.campaign, str) else ""
        say(
            f"{deed.at:%Y-%m-%d %H:%M:%S} UTC  {deed.operator:{widths['operator']}}  "
            f"{deed.action:{widths['action']}}  {campaign}{deed.note}"
        )
