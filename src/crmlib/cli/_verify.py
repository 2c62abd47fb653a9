"""``crmlib verify``: the proof on your own machine and store: nothing sent twice, nothing lost."""

from __future__ import annotations

from typing import Annotated

import typer

from crmlib.cli._ledger_options import ledger_url
from crmlib.cli._output import AsJson, note, print_json, progress, records, say, show_table
from crmlib.delivery import verify_delivery


def verify(
    ledger: Annotated[
        str | None,
        typer.Option(help="Beside this file, or in this database; what is there stays as it is."),
    ] = None,
    every: Annotated[int, typer.Option(min=1, help="Kill at each so-manyth step.")] = 12,
    as_json: AsJson = False,
) -> None:
    """Kill the sender at its steps, start it again, and count what arrived: nothing twice."""
    with progress("killing and counting") as advance:
        found = verify_delivery(
            None if ledger is None else ledger_url(ledger), every=every, progress=advance
        )
    faults = found[["doubles", "lost", "failed"]].to_numpy().sum()
    if as_json:
        print_json(records(found))
    else:
        show_table(found.drop(columns=["steps", "messages"]))
        killed, messages = found["killed"].sum(), found["messages"].sum()
        say(
            f"{killed:,} kills, {messages:,} messages to send: {found['doubles'].sum():,} sent "
            f"twice, {found['lost'].sum():,} lost without a word, "
            f"{found['unknown'].sum():,} flagged unknown."
        )
    if found["failed"].any():
        note("failed: runs in which a sender ended by an error of its own, which is shown above")
    if faults:
        raise typer.Exit(1)
