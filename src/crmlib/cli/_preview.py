"""``crmlib preview``: read a plan before anything leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crmlib.campaigns import Plan, load_campaign, preview_messages
from crmlib.cli._campaign_tables import read_tables
from crmlib.cli._output import progress, say
from crmlib.cli._passwords import PasswordEnv, read_password
from crmlib.cli._pipeline import fit_campaign
from crmlib.tables import write_csv

PlanPath = Annotated[Path, typer.Argument(help="Plan file.")]


def preview(
    plan: Annotated[
        Path, typer.Argument(help="Plan file; or a campaign file (TOML), to read its messages.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Where to write the page (default: beside the plan).")
    ] = None,
    customer: Annotated[
        str | None, typer.Option(help="Explain this customer instead of writing the page.")
    ] = None,
    table: Annotated[
        Path | None, typer.Option(help="Write the whole plan as CSV as well, a row per customer.")
    ] = None,
    password_env: PasswordEnv = None,
) -> None:
    """Write a page with the real messages, or explain one customer.

    Of a campaign file, print messages to real customers as its templates stand now.
    """
    if plan.suffix == ".toml":
        say(_read_aloud(plan, read_password(password_env)))
        return
    made = Plan.load(plan)
    if customer is not None:
        say(made.explain(customer))
        return
    if table is not None:
        write_csv(made.table.reset_index(), table)
        say(f"Written:            {table}")
    page = out or plan.with_suffix(".html")
    made.save_preview(page)
    say(f"Open in a browser:  {page}")
    say(f"If it is right:     crmlib send {plan} --approve {made.digest} --campaign FILE.toml")


def _read_aloud(path: Path, password: str | None) -> str:
    """Give messages of the campaign file at *path*."""
    spec = load_campaign(path)
    with progress("reading"):
        tables = read_tables(spec, password=password)
        campaign = fit_campaign(spec, tables)
    ladder = spec.make_ladder(campaign)
    if ladder is None:
        return preview_messages(campaign, tables.customers, profiles=tables.profiles)
    return "\n\n".join(
        f"Step {step}\n{preview_messages(part, tables.customers, profiles=tables.profiles)}"
        for step, part in ladder.by_step().items()
    )
