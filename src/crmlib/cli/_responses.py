"""``crmlib responses``: what came of a plan, as the log that planners learn from."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import attrs
import typer

from crmlib.campaigns import Plan, load_campaign
from crmlib.cli._campaign_tables import read_as_planned
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
from crmlib.cli._passwords import PasswordEnv, read_password
from crmlib.cli._pipeline import check_same_campaign
from crmlib.cli._preview import PlanPath
from crmlib.exceptions import ConfigError
from crmlib.measurement import collect_clicks, collect_purchases
from crmlib.tables import write_csv

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.campaigns import CampaignFile
    from crmlib.cli._campaign_tables import CampaignTables


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
    password_env: PasswordEnv = None,
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
        if reward is Reward.CLICK:  # tells nothing of orders, which may not be there yet
            spec = attrs.evolve(spec, data=attrs.evolve(spec.data, later_orders=()))
        tables = read_as_planned(spec, made, later_orders, read_password(password_env))
        log = _collect(made, spec, tables, reward, window_days)
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
    if made.verdict is not None:
        say(f'Learn:    write responses = "{path.name}" under [data] of the next campaign file')
    else:
        note(
            "its messages were not chosen among several, so no planner learns from it; plan with "
            'kind = "bandit" or "uplift" under [planner] for that'
        )


def _collect(
    plan: Plan, spec: CampaignFile, tables: CampaignTables, reward: Reward, window_days: int
) -> pd.DataFrame:
    audience = tables.customers
    if reward is Reward.CLICK:
        if tables.engagements is None:
            raise _missing(spec, "engagements", "name the CSV file of engagements")
        return collect_clicks(plan, audience, tables.engagements, window_days=window_days)
    if tables.later is None:
        raise _missing(spec, "later_orders", "name the orders after sending, or --later-orders")
    log = collect_purchases(plan, audience, tables.later, window_days=window_days)
    return log.assign(reward=log["spend"]) if reward is Reward.SPEND else log


def _missing(spec: CampaignFile, key: str, way_out: str) -> ConfigError:
    return ConfigError(str(spec.path), f"data.{key}", "is missing", way_out)
