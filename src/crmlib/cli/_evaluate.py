"""``crmlib evaluate``: whether choosing the message by customer pays, told from a log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer

from crmlib.campaigns import load_campaign
from crmlib.cli._output import AsJson, heading, print_json, progress, records, say, show_table
from crmlib.cli._planner_files import read_responses
from crmlib.exceptions import ConfigError
from crmlib.planners._choosing_planner import ChoosingPlanner
from crmlib.reports import plot_policy_values

if TYPE_CHECKING:
    from crmlib.campaigns import CampaignFile


def evaluate(
    campaign: Annotated[Path, typer.Argument(help="Campaign file (TOML) with a table planner.")],
    responses: Annotated[
        list[Path] | None,
        typer.Option(
            help="CSV of what earlier messages brought (default: data.responses); repeatable."
        ),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw the values into this file (.png, .svg, .pdf).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask whether choosing the message by customer beats the best single message."""
    spec = load_campaign(campaign)
    planner = _choosing(spec)
    paths = tuple(responses or spec.data.responses)
    log = read_responses(paths)
    if log is None:
        raise ConfigError(
            str(spec.path),
            "data.responses",
            "is missing",
            "name the CSV file of what earlier messages brought; crmlib responses writes one",
        )
    with progress("evaluating"):
        told = planner.evaluate(log)
    summary = told.summary()
    if plot is not None:
        _draw(summary, plot)
    if as_json:
        policies = records(summary.reset_index())
        print_json({"pays": told.pays, "why": told.why, "policies": policies})
        return
    heading(f"{told.customers:,} customers in the log")
    show_table(_readable(summary))
    say("Reward: of a customer, with its 95% interval.  Gain: over the best single message, as")
    say("it is chosen on other customers.  Rows: how many of the log tell of it.")
    heading("Does choosing the message pay?")
    say(f"{'Yes' if told.pays else 'Not proven'}: {told.why}.")
    if plot is not None:
        say(f"Written: {plot}")


def _readable(summary: pd.DataFrame) -> pd.DataFrame:
    """Give *summary* in columns that fit on a terminal."""
    names = ["by customer", "best single", *summary.index[2:]]
    rows = [
        {
            "message": name,
            "reward": f"{row['value']:.4f}",
            "from to": f"{row['low']:.4f} to {row['high']:.4f}",
            "gain": f"{row['difference']:+.4f}",
            "from to ": f"{row['difference_low']:+.4f} to {row['difference_high']:+.4f}",
            "rows": round(row["effective_sample_size"]),
        }
        for name, row in zip(names, summary.to_dict("records"), strict=True)
    ]
    return pd.DataFrame(rows)


def _draw(summary: pd.DataFrame, path: Path) -> None:
    """Draw the values of *summary* into the file *path*."""
    figure = plot_policy_values(summary).get_figure(root=True)
    assert figure is not None
    figure.savefig(path, bbox_inches="tight")


def _choosing(spec: CampaignFile) -> ChoosingPlanner:
    planner = spec.make_planner()
    if not isinstance(planner, ChoosingPlanner):
        raise ConfigError(
            str(spec.path),
            "planner.kind",
            f"is {spec.planner.kind!r}, which does not choose among messages",
            'write kind = "bandit" or kind = "uplift" under [planner]',
        )
    return planner
