"""``crmlib plan``: from a campaign file to a plan that a person can read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmlib.addresses import NORMALIZERS
from crmlib.campaigns import example_campaign, load_campaign
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
from crmlib.cli._pipeline import make_plans, orders_report, read_tables
from crmlib.cli._status import existing_ledger
from crmlib.delivery import Ledger, utc_now
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import Decision, Reason

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.campaigns import Plan


def plan(
    campaign: Annotated[
        Path | None, typer.Argument(help="Campaign file (TOML).", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Where to save the plan (default: NAME.plan); with steps, in which folder."
        ),
    ] = None,
    now: Annotated[
        str | None,
        typer.Option(help="Plan as at this instant, ISO 8601 with offset (default: now)."),
    ] = None,
    ledger: Annotated[
        Path | None, typer.Option(help="Ledger whose suppressed addresses are held.")
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
    spec = load_campaign(campaign)
    with progress("planning"):
        at = instant(now)
        tables = read_tables(spec)
        plans = make_plans(
            spec,
            tables,
            now=at,
            suppressions=_suppressed(ledger, tables.profiles) if ledger else (),
        )
    kept = [(_save(made, out, is_step=bool(spec.steps)), made) for made in plans]
    if as_json:
        found = [
            {
                "plan": str(path),
                "digest": made.digest,
                "verdict": made.verdict,
                "counts": records(made.counts()),
            }
            for path, made in kept
        ]
        orders = {"orders": records(orders_report(tables.orders))}
        print_json(orders | ({"plans": found} if spec.steps else found[0]))
        return
    heading("Order lines: in = used + set aside")
    show_table(orders_report(tables.orders))
    if not kept:
        say(f"No step of {spec.campaign.name} is due now; plan again later.")
    for path, made in kept:
        heading(f"{len(made.table):,} customers looked at")
        show_table(made.counts())
        if made.verdict is not None:
            heading("Does choosing the message pay?")
            say(f"{made.verdict}.")
            say()
        say(f"Plan:     {path}")
        say(f"Digest:   {made.digest}")
        say(f"Read it:  crmlib preview {path}")


def _save(made: Plan, out: Path | None, *, is_step: bool) -> Path:
    """Save the plan, under the name of its campaign where *out* names none, and say where."""
    name = Path(f"{made.campaign}.plan")
    path = (out or Path()) / name if is_step else out or name
    if path.exists():
        note(f"{path} was there: it is replaced, and an approval of it is void")
    made.save(path)
    _warn(made)
    return path


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
