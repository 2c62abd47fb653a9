"""``crmlib report``: what a campaign did, as a page with pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmlib.campaigns import Plan, load_campaign
from crmlib.cli._output import AsJson, print_json, progress, say
from crmlib.cli._pipeline import prepare
from crmlib.cli._preview import PlanPath
from crmlib.cli._status import LedgerPath, existing_ledger
from crmlib.delivery import Ledger
from crmlib.measurement import measure
from crmlib.reports import report_html
from crmlib.segmenters import RFMSegmenter
from crmlib.sources import read_orders

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.cli._pipeline import Prepared
    from crmlib.measurement import LiftResult


def report(
    plan: PlanPath,
    campaign: Annotated[Path, typer.Option(help="Campaign file that the plan came from.")],
    ledger: LedgerPath = "crm.db",
    later_orders: Annotated[
        Path | None,
        typer.Option(help="Orders after sending, to measure on [default: data.later_orders]."),
    ] = None,
    window_days: Annotated[int, typer.Option(help="Days after sending that count.")] = 14,
    out: Annotated[
        Path | None, typer.Option(help="Where to write the page [default: NAME-report.html].")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the page with segments, timing, the plan's funnel, deliveries and lift."""
    made = Plan.load(plan)
    spec = load_campaign(campaign)
    page = out or plan.with_name(f"{made.campaign}-report.html")
    with Ledger(existing_ledger(ledger)) as book, progress("reporting"):
        prepared = prepare(spec)
        result = None
        later_file = later_orders or spec.data.later_orders
        if later_file is not None:
            later = read_orders(
                later_file, columns=spec.data.columns or None, timezone=spec.data.timezone
            )
            result = measure(made, book, later.table, window_days=window_days)
        write_report(page, made, prepared, book.status(made.campaign), result)
    if as_json:
        print_json({"report": str(page), "lift": result.to_dict() if result else None})
        return
    if result is not None:
        say(result.summary())
    say(f"Open in a browser:  {page}")


def write_report(
    page: Path,
    plan: Plan,
    prepared: Prepared,
    status: pd.DataFrame,
    result: LiftResult | None,
    remark: str | None = None,
) -> None:
    """Put everything that is known of a campaign on one page."""
    segmenter = prepared.campaign.segmenter
    customers = prepared.customers
    scores = segmenter.scores(customers) if isinstance(segmenter, RFMSegmenter) else None
    report_html(
        page,
        plan=plan,
        customers=customers,
        segments=segmenter.predict(customers),
        rfm_scores=scores,
        transactions=prepared.known,
        timezone=prepared.timezone,
        delivery_status=status,
        lift=result,
        remark=remark,
    )
