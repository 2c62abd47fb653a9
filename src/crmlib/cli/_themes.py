"""``crmlib themes``: what to talk about with each segment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmlib.campaigns import load_campaign
from crmlib.cli._campaign_tables import read_tables
from crmlib.cli._order_lines import last_date, usable
from crmlib.cli._output import AsJson, note, print_json, progress, records, say
from crmlib.exceptions import InvalidTableError, UnknownNameError
from crmlib.features import summarize_customers
from crmlib.planners import suggest_themes, write_brief
from crmlib.segmenters import RFMSegmenter
from crmlib.sources import read_orders

if TYPE_CHECKING:
    import pandas as pd

LANGUAGES = ["en", "ko"]


def themes(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Campaign file (TOML), for its segments; or order files, for RFM segments."
        ),
    ],
    segment: Annotated[
        list[str] | None, typer.Option(help="Only of this segment; repeatable.")
    ] = None,
    language: Annotated[str, typer.Option(help="Language of the brief: en or ko.")] = "en",
    recent_days: Annotated[int, typer.Option(help="Days that count as lately.")] = 90,
    most: Annotated[int, typer.Option(help="Most themes of a segment.")] = 20,
    timezone: Annotated[
        str, typer.Option(help="IANA zone of order files; a campaign file has its own.")
    ] = "UTC",
    as_json: AsJson = False,
) -> None:
    """Write a brief for each segment: what it buys more than the others, and how sure that is."""
    if language not in LANGUAGES:
        raise UnknownNameError("language", language, LANGUAGES)
    with progress("reading"):
        lines, segments, names, zone = _read(files, timezone, language)
    for name in segment or ():
        if name not in names:
            raise UnknownNameError("segment", name, names)
    found: dict[str, pd.DataFrame] = {}
    for name in segment or names:
        members = segments.index[segments == name]
        if not len(members):
            continue
        try:
            found[name] = suggest_themes(
                lines, members, n=most, recent_days=recent_days, timezone=zone
            )
        except InvalidTableError as error:
            note(f"no themes of {name}: {error}")
    if as_json:
        print_json({name: records(table) for name, table in found.items()})
        return
    for name, table in found.items():
        say()
        say(write_brief(table, segment=name, language=language))


def _read(
    files: list[Path], timezone: str, language: str
) -> tuple[pd.DataFrame, pd.Series[str], list[str], str]:
    """Give order lines, the segment of each customer, the names of segments, and the zone."""
    if len(files) == 1 and files[0].suffix == ".toml":
        spec = load_campaign(files[0])
        tables = read_tables(spec)
        segmenter = spec.fit_segmenter(tables.customers)
        lines, customers, timezone = tables.known, tables.customers, tables.timezone
    else:
        lines = usable(read_orders(list(files), timezone=timezone)).table
        day = last_date(lines, timezone)
        customers = summarize_customers(lines, snapshot_date=day, timezone=timezone)
        segmenter = RFMSegmenter(labels=language).fit(customers)
    return lines, segmenter.predict(customers), list(segmenter.segments_), timezone
