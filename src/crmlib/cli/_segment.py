"""``crmlib segment``: from an order file to a segment for each customer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmlib.cli._output import (
    AsJson,
    heading,
    print_json,
    progress,
    records,
    say,
    show_table,
)
from crmlib.cli._pipeline import last_date, orders_report, usable
from crmlib.exceptions import InvalidParameterError
from crmlib.features import summarize_customers
from crmlib.segmenters import RFMSegmenter
from crmlib.sources import read_orders
from crmlib.tables import write_csv

if TYPE_CHECKING:
    import pandas as pd

Columns = Annotated[
    list[str] | None,
    typer.Option(help="NAME=HEADER: which header holds a canonical column; repeatable."),
]

HEADINGS = ["segment", "customers", "%", "days since", "orders", "money each"]


def segment(
    orders: Annotated[Path, typer.Argument(help="Order file: CSV (.gz), Parquet or Excel.")],
    column: Columns = None,
    timezone: Annotated[
        str | None, typer.Option(help="IANA zone of times without an offset (default: UTC).")
    ] = None,
    snapshot_date: Annotated[
        str | None, typer.Option(help="Last day that counts (default: that of the last order).")
    ] = None,
    labels: Annotated[str, typer.Option(help="Language of the names: en or ko.")] = "en",
    out: Annotated[
        Path | None, typer.Option(help="Write a CSV of customers and segments.")
    ] = None,
    set_aside: Annotated[
        Path | None, typer.Option(help="Write a CSV of the rows set aside, with reasons.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put every customer of an order file into an RFM segment."""
    with progress("reading"):
        data = read_orders(orders, columns=mapping(column), timezone=timezone)
    if set_aside is not None:
        data.save_set_aside(set_aside)
    usable(data)
    zone = timezone or "UTC"
    customers = summarize_customers(
        data.table, snapshot_date=snapshot_date or last_date(data.table, zone), timezone=zone
    )
    segmenter = RFMSegmenter(labels=labels).fit(customers)
    segments = segmenter.predict(customers)
    table = _profile(customers, segments, segmenter.segments_)
    if out is not None:
        written = customers.join(segmenter.scores(customers)).join(segments)
        write_csv(written.reset_index(), out)
    if as_json:
        print_json({"orders": records(orders_report(data)), "segments": records(table)})
        return
    heading("Order lines: in = used + set aside")
    show_table(orders_report(data))
    heading(f"{len(customers):,} customers in {len(table)} segments")
    show_table(table.set_axis(HEADINGS, axis=1))
    for path in filter(None, (out, set_aside)):
        say(f"Written: {path}")


def mapping(pairs: list[str] | None) -> dict[str, str] | None:
    """Give the headers that --column names, by canonical column."""
    for pair in pairs or ():
        if "=" not in pair:
            raise InvalidParameterError("--column", pair, "NAME=HEADER, as in customer_id=Buyer")
    return dict(pair.split("=", 1) for pair in pairs or ()) or None


def _profile(customers: pd.DataFrame, segments: pd.Series, order: tuple[str, ...]) -> pd.DataFrame:
    """Describe each segment in a row, best segments first."""
    groups = customers.groupby(segments)
    table = groups.agg(
        customers=("frequency", "size"),
        median_recency_days=("recency_days", "median"),
        mean_frequency=("frequency", "mean"),
        mean_value=("monetary_value", "mean"),
    )
    table.insert(1, "share_percent", 100 * table["customers"] / len(customers))
    return table.round(2).reindex([name for name in order if name in table.index]).reset_index()
