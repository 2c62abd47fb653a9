"""``crmlib preview``: read a plan before anything leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crmlib.campaigns import Plan
from crmlib.cli._output import say
from crmlib.tables import write_csv

PlanPath = Annotated[Path, typer.Argument(help="Plan file.")]


def preview(
    plan: PlanPath,
    out: Annotated[
        Path | None, typer.Option(help="Where to write the page (default: beside the plan).")
    ] = None,
    customer: Annotated[
        str | None, typer.Option(help="Explain this customer instead of writing the page.")
    ] = None,
    table: Annotated[
        Path | None, typer.Option(help="Write the whole plan as CSV as well, a row per customer.")
    ] = None,
) -> None:
    """Write a page with the real messages, or explain one customer."""
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
