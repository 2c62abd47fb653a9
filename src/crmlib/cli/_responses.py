"""``crmlib responses``: what came of a plan, as the log that planners learn from."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmlib.campaigns import Plan, load_campaign
from crmlib.cli._output import AsJson, heading, print_json, progress, records, say, show_table
from crmlib.cli._pipeline import check_same_campaign, read_engagements, read_tables
from crmlib.cli._preview import PlanPath
from crmlib.exceptions import ConfigError
from crmlib.measurement import collect_clicks, collect_purchases
from crmlib.sources import read_orders
from crmlib.tables import write_csv

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.campaigns import CampaignFile


class Reward(StrEnum):
    """What counts as success."""

    PURCHASE = "purchase"
    SPEND = "spend"
    CLICK = "click"


def responses(
    plan: PlanPath,
    campaign: Annotated[Path, typer.Option(help="Campaign file that the plan came from.")],
    later_orders: Annotated[
        Path | None,
        typer.Option(help="Orders after sending (default: data.later_orders)."),
    ] = None,
    reward: Annotated[
        Reward,
        typer.Option(help="What counts: whether they bought, the money, or a click."),
    ] = Reward.PURCHASE,
    window_days: Annotated[int, typer.Option(help="Days after sending that count.")] = 14,
    out: Annotated[
        Path | None, typer.Option(help="Where to write the CSV (default: NAME-responses.csv).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write down who got which message, by which chance, and what came of it.

    Name the file as data.responses of the next campaign, whose planner then learns from it.
    """
    made = Plan.load(plan)
    spec = load_campaign(campaign)
    check_same_campaign(spec, made)
    path = out or plan.with_name(f"{made.campaign}-responses.csv")
    with progress("reading"):
        tables = read_tables(spec, latest=datetime.fromisoformat(made.header["created_at"]))
        log = _collect(made, spec, tables.customers, later_orders, reward, window_days)
    # a log is kept for long, and no choice should look at a name
    write_csv(log.drop(columns="name", errors="ignore"), path)
    table = (
        log.groupby("message", sort=True)
        .agg(customers=("reward", "size"), reward=("reward", "mean"))
        .reset_index()
    )
    if as_json:
        print_json({"responses": str(path), "messages": records(table)})
        return
    heading(f"{len(log):,} customers of whom it is known what came of it")
    show_table(table.rename(columns={"reward": f"{reward} each"}))
    say(f"Written:  {path}")
    say(f'Learn:    write responses = "{path.name}" under [data] of the next campaign file')


def _collect(
    plan: Plan,
    spec: CampaignFile,
    audience: pd.DataFrame,
    later_orders: Path | None,
    reward: Reward,
    window_days: int,
) -> pd.DataFrame:
    data = spec.data
    if reward is Reward.CLICK:
        engagements = read_engagements(data.engagements)
        if engagements is None:
            raise _missing(spec, "engagements", "name the CSV file of engagements")
        return collect_clicks(plan, audience, engagements, window_days=window_days)
    later_file = later_orders or data.later_orders
    if later_file is None:
        raise _missing(spec, "later_orders", "name the orders after sending, or --later-orders")
    later = read_orders(later_file, columns=data.columns or None, timezone=data.timezone)
    log = collect_purchases(plan, audience, later.table, window_days=window_days)
    return log.assign(reward=log["spend"]) if reward is Reward.SPEND else log


def _missing(spec: CampaignFile, key: str, way_out: str) -> ConfigError:
    return ConfigError(str(spec.path), f"data.{key}", "is missing", way_out)
