"""``crmlib plan``: from a campaign file to a plan that a person can read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer

from crmlib.addresses import NORMALIZERS
from crmlib.campaigns import example_campaign, load_campaign
from crmlib.cli._limits import describe_limits, pick_example
from crmlib.cli._output import (
    AsJson,
    heading,
    note,
    print_json,
    progress,
    records,
    say,
    show_table,
)
from crmlib.cli._pipeline import fit_campaign, orders_report, read_tables
from crmlib.cli._status import existing_ledger
from crmlib.delivery import Ledger, list_sends, utc_now
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import Decision, Reason

if TYPE_CHECKING:
    from crmlib.campaigns import Plan

LOOK_BACK = timedelta(days=400)
"""How far back earlier messages are looked for: longer than any cap."""


def plan(
    campaign: Annotated[
        Path | None, typer.Argument(help="Campaign file (TOML).", show_default=False)
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where to save the plan (default: NAME.plan).")
    ] = None,
    now: Annotated[
        str | None,
        typer.Option(help="Plan as at this instant, ISO 8601 with offset (default: now)."),
    ] = None,
    ledger: Annotated[
        Path | None,
        typer.Option(help="Ledger: its suppressed addresses are held, its sends count for caps."),
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="Print an example campaign file and stop.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Decide for every customer: whether, what, when and how; nothing is sent."""
    if example:
        typer.echo(example_campaign(), nl=False)
        return
    if campaign is None:
        raise typer.BadParameter("name a campaign file, or use --example to see one")
    spec, at = load_campaign(campaign), instant(now)
    with progress("planning"):
        tables = read_tables(spec)
        made = fit_campaign(spec, tables, at).plan(
            tables.customers,
            profiles=tables.profiles,
            consents=tables.consents,
            now=at,
            suppressions=_suppressed(ledger, tables.profiles) if ledger else (),
            sends=_earlier_sends(ledger, tables.engagements, at),
        )
    path = out or Path(f"{made.campaign}.plan")
    if path.exists():
        note(f"{path} was there: it is replaced, and an approval of it is void")
    made.save(path)
    _warn(made)
    if as_json:
        parts = {"orders": orders_report(tables.orders), "counts": made.counts()}
        rows = {name: records(frame) for name, frame in parts.items()}
        terms = {name: made.header[name] for name in ("limits", "schedule")}
        terms["limits"].pop("own_hours")  # of customers, one by one
        told = {"plan": str(path), "digest": made.digest, "verdict": made.verdict}
        print_json(told | rows | terms)
        return
    heading("Order lines: in = used + set aside")
    show_table(orders_report(tables.orders))
    heading(f"{len(made.table):,} customers looked at")
    show_table(made.counts())
    if made.verdict is not None:
        heading("Does choosing the message pay?")
        say(f"{made.verdict}.")
        say()
    if example_customer := pick_example(made):
        heading("One of them")
        say(example_customer + "\n")
    for line in describe_limits(made.header):
        say(line)
    say(f"Plan:     {path}")
    say(f"Digest:   {made.digest}")
    say(f"Read it:  crmlib preview {path}")


def _warn(plan: Plan) -> None:
    """Say what the author of the campaign can mend, and what cannot be measured."""
    table = plan.table
    for reason in (Reason.NO_MESSAGE, Reason.SENDER_INCOMPLETE):
        held = table[table["reason"] == reason]
        if len(held):
            note(f"{len(held):,} are held {reason}, the first because: {held['detail'].iloc[0]}")
    decisions = set(table["decision"])
    if Decision.SEND in decisions and Decision.HOLD_OUT not in decisions:
        note("nobody is held out, so the effect of this campaign cannot be measured")


def _suppressed(ledger: Path, profiles: pd.DataFrame) -> set[str]:
    """Give the addresses of *profiles* that the ledger must not write to."""
    with Ledger(existing_ledger(str(ledger))) as book:
        found = [
            book.suppressed(field, profiles[field].dropna())
            for field in NORMALIZERS
            if field in profiles
        ]
    return set().union(*found)


def _earlier_sends(
    ledger: Path | None, engagements: pd.DataFrame | None, now: datetime
) -> pd.DataFrame | None:
    """Give what was or will be sent, as ledger and engagements tell it, each message once."""
    parts = []
    if ledger is not None:
        with Ledger(existing_ledger(str(ledger))) as book:
            parts.append(list_sends(book, now - LOOK_BACK))
    if engagements is not None:
        parts.append(engagements[engagements["event"] == "sent"])
    if not parts:
        return None
    return pd.concat(parts, ignore_index=True).drop_duplicates(["customer_id", "message_key"])


def instant(text: str | None) -> datetime:
    """Give the aware instant that *text* names, or the present one."""
    if text is None:
        return utc_now()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InvalidParameterError("--now", text, "an ISO 8601 instant with its offset")
    return at.astimezone(UTC)
