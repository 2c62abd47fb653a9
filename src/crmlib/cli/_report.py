"""``crmlib report``: what a campaign did, as a page with pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from sklearn.base import clone

from crmlib.campaigns import Plan, load_campaign
from crmlib.cli._campaign_tables import read_as_planned
from crmlib.cli._ledger_options import LedgerPath, existing_ledger
from crmlib.cli._output import AsJson, print_json, progress, say
from crmlib.cli._passwords import PasswordEnv, read_password
from crmlib.cli._pipeline import check_same_campaign
from crmlib.cli._preview import PlanPath
from crmlib.delivery import Ledger
from crmlib.measurement import measure
from crmlib.reports import report_html
from crmlib.segmenters import RFMSegmenter, WeightedRFMSegmenter

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.cli._campaign_tables import CampaignTables
    from crmlib.interfaces import Segmenter
    from crmlib.measurement import LiftResult


def report(
    plan: PlanPath,
    campaign: Annotated[Path, typer.Option(help="Campaign file that the plan came from.")],
    ledger: LedgerPath = "crm.db",
    later_orders: Annotated[
        Path | None,
        typer.Option(help="Orders after sending, to measure on (default: data.later_orders)."),
    ] = None,
    window_days: Annotated[int, typer.Option(help="Days after sending that count.")] = 14,
    out: Annotated[
        Path | None, typer.Option(help="Where to write the page (default: NAME-report.html).")
    ] = None,
    password_env: PasswordEnv = None,
    as_json: AsJson = False,
) -> None:
    """Write the page with segments, timing, the plan's funnel, deliveries and lift."""
    made = Plan.load(plan)
    spec = load_campaign(campaign)
    check_same_campaign(spec, made)
    page = out or plan.with_name(f"{made.campaign}-report.html")
    with Ledger(existing_ledger(ledger)) as book, progress("reporting"):
        tables = read_as_planned(spec, made, later_orders, read_password(password_env))
        result = None
        if tables.later is not None:
            result = measure(made, book, tables.later, window_days=window_days)
        write_report(page, made, tables, spec.segmenter, book.status(made.campaign), result)
    if as_json:
        print_json({"report": str(page), "lift": result.to_dict() if result else None})
        return
    if result is not None:
        say(result.summary())
    say(f"Open in a browser:  {page}")


def write_report(
    page: Path,
    plan: Plan,
    tables: CampaignTables,
    segmenter: Segmenter,
    status: pd.DataFrame,
    result: LiftResult | None,
    remark: str | None = None,
) -> None:
    """Put everything that is known of a campaign on one page.

    Segments are those of the plan; the digits of an RFM segmenter are learned
    again on the customers as they stood when it was made.
    """
    customers = tables.customers
    scores = None
    if isinstance(segmenter, RFMSegmenter | WeightedRFMSegmenter):
        scores = clone(segmenter).fit(customers).scores(customers)
    report_html(
        page,
        plan=plan,
        customers=customers,
        segments=plan.table["segment"],
        rfm_scores=scores,
        transactions=tables.known,
        timezone=tables.timezone,
        delivery_status=status,
        lift=result,
        remark=remark,
    )
