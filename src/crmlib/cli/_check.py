"""``crmlib check``: what the law would stop in a plan, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmlib.campaigns import Plan, check_plan, count_findings, load_campaign, renew_policy
from crmlib.channels import load_channel
from crmlib.cli._campaign_tables import read_tables
from crmlib.cli._ledger_options import existing_if_named
from crmlib.cli._output import AsJson, heading, print_json, progress, records, say, show_table
from crmlib.cli._passwords import PasswordEnv, read_password
from crmlib.cli._plan import read_answers
from crmlib.delivery import Ledger, find_refusals, utc_now
from crmlib.messages import Decision
from crmlib.policies import load as load_policy

if TYPE_CHECKING:
    import pandas as pd

STOPPED = 7
"""Exit code: the law would stop something."""


def check(
    plan: Annotated[Path, typer.Argument(help="Plan file.")],
    policy: Annotated[
        list[str] | None,
        typer.Option(
            help="Jurisdiction or policy file, more than once for several (default: those of the "
            "plan, as this version of crmlib knows them)."
        ),
    ] = None,
    campaign: Annotated[
        Path | None, typer.Option(help="Campaign file: its consents are asked once more.")
    ] = None,
    ledger: Annotated[
        Path | None, typer.Option(help="Ledger: its suppressed addresses, and who opted out.")
    ] = None,
    password_env: PasswordEnv = None,
    as_json: AsJson = False,
) -> None:
    """Say what the law would stop in a plan, and why; each message is read as it will leave.

    Exit code 7 if it would stop anything.
    """
    made = Plan.load(plan)
    consents = None
    if campaign is not None:
        spec = load_campaign(campaign)
        with progress("reading"):
            password = read_password(password_env)
            consents = read_tables(
                spec,
                password=password,
                planned=made.table.index,
                answers=read_answers(str(ledger)) if ledger else None,
            ).consents
    law = load_policy(*policy) if policy else renew_policy(made.policy)
    with progress("checking"):
        found = check_plan(
            made,
            law,
            consents=consents,
            suppressions=_suppressed(made, ledger) if ledger else (),
            # of a campaign file and the answers the last word counts
            refusals=_refusals(made, ledger) if ledger and campaign is None else (),
        )
    counts = count_findings(found)
    to_send = int((made.table["decision"] == Decision.SEND).sum())
    stopped = int(found["customer_id"].nunique())
    if as_json:
        told = {"plan": str(plan), "policy": list(law.jurisdictions), "messages": to_send}
        print_json(told | {"stopped": stopped, "findings": records(counts)})
    else:
        _show(counts, to_send, stopped, " + ".join(law.jurisdictions))
    if stopped:
        raise typer.Exit(STOPPED)


def _show(counts: pd.DataFrame, to_send: int, stopped: int, law: str) -> None:
    heading(f"{to_send:,} messages to send, checked against {law}")
    if not stopped:
        say("The law stops none of them.")
        return
    show_table(counts[["finding", "channel", "customers", "example"]])
    for row in counts.itertuples():
        told, sources = str(row.detail), str(row.sources)
        say(f"{row.finding}: {row.example}: {told}" + f" ({sources})" * (sources not in told))
    say()
    say(f"Stopped:  {stopped:,} of {to_send:,}; plan again, and approve that plan.")


def _refusals(plan: Plan, ledger: Path) -> set[str]:
    with Ledger(existing_if_named(str(ledger))) as book:
        return find_refusals(book, plan, at=utc_now())


def _suppressed(plan: Plan, ledger: Path) -> set[str]:
    """Give the addresses of the plan that the ledger must not write to."""
    rows = plan.table[plan.table["decision"] == Decision.SEND]
    refused: set[str] = set()
    with Ledger(existing_if_named(str(ledger))) as book:
        for channel, addresses in rows.groupby("channel")["address"]:
            field = load_channel(str(channel)).capabilities.address_field
            refused |= book.suppressed(field, addresses)
    return refused
