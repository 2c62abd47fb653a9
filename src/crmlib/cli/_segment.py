"""``crmlib segment``: from order files to a segment for each customer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from crmlib.cli._campaign_tables import measure_events
from crmlib.cli._csv_files import read_cells, read_engagements
from crmlib.cli._order_lines import last_date, orders_report, usable
from crmlib.cli._order_options import (
    Columns,
    Currency,
    Keep,
    Mapping,
    OrderPaths,
    Source,
    pairs,
    read_given_orders,
    spare_inputs,
)
from crmlib.cli._output import (
    AsJson,
    heading,
    print_json,
    progress,
    records,
    say,
    show_table,
)
from crmlib.cli._passwords import PasswordEnv
from crmlib.cli._people_facts import people_as_json, show_people
from crmlib.cli._product_facts import products_as_json, tell_products
from crmlib.exceptions import InvalidParameterError
from crmlib.features import (
    add_category_interests,
    add_demographics,
    add_last_values,
    summarize_customers,
)
from crmlib.identity import Identities, link_identities
from crmlib.segmenters import RFMSegmenter, RuleSegmenter
from crmlib.sources import name_products
from crmlib.tables import Orders, write_csv

HEADINGS = ["segment", "customers", "%", "days since", "orders", "money each"]


def segment(
    orders: OrderPaths,
    source: Source = None,
    column: Columns = None,
    mapping: Mapping = None,
    timezone: Annotated[
        str | None,
        typer.Option(
            help="IANA zone in which days are counted (default: UTC) and times without an "
            "offset are read (default: that of the source)."
        ),
    ] = None,
    currency: Currency = None,
    password_env: PasswordEnv = None,
    keep: Keep = None,
    snapshot_date: Annotated[
        str | None, typer.Option(help="Last day that counts (default: that of the last order).")
    ] = None,
    link: Annotated[
        bool,
        typer.Option(help="Whether accounts that share a phone, e-mail … become one customer."),
    ] = True,
    segment_map: Annotated[
        str | None,
        typer.Option(
            help="Names: eleven (the default), small-shop (by fixed days and orders), or codes "
            "(such as 555)."
        ),
    ] = None,
    labels: Annotated[str, typer.Option(help="Language of the names: en or ko.")] = "en",
    rules: Annotated[
        Path | None, typer.Option(help="Rules of your own (TOML) instead of RFM segments.")
    ] = None,
    engagements: Annotated[
        Path | None,
        typer.Option(help="CSV of what customers did with messages, for rules that look at it."),
    ] = None,
    product_names: Annotated[
        Path | None,
        typer.Option(help="CSV of what products are called, as crmlib products writes it."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write a CSV of customers and segments.")
    ] = None,
    set_aside: Annotated[
        Path | None, typer.Option(help="Write a CSV of the rows set aside, with reasons.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put every customer of some order files into a segment: by RFM, or by rules of your own."""
    if rules is not None and segment_map is not None:
        raise InvalidParameterError(
            "--segment-map", segment_map, "left out beside --rules, which name the segments"
        )
    ruled = None if rules is None else RuleSegmenter.from_toml(rules)
    with progress("reading"):
        data = read_given_orders(
            orders,
            source=source,
            column=column,
            mapping=mapping,
            timezone=timezone,
            currency=currency,
            password_env=password_env,
            keep=keep,
        )
    inputs = orders if product_names is None else [*orders, str(product_names)]
    spare_inputs(inputs, {"--out": out, "--set-aside": set_aside})
    if set_aside is not None:
        data.save_set_aside(set_aside)
    usable(data)
    named = None
    if product_names is not None:
        named = name_products(data, read_cells(product_names))
        data = named.orders
        tell_products(data, named)
    people = link_identities(data) if link and _knows_contacts(data) else None
    data = data if people is None else people.apply(data)
    lines = data.table
    zone = timezone or "UTC"
    day = snapshot_date or last_date(lines, zone)
    customers = summarize_customers(lines, snapshot_date=day, timezone=zone)
    customers = add_last_values(customers, lines, list(pairs(keep, "--keep") or ()))
    if ruled is None:
        rfm = RFMSegmenter(segment_map=segment_map or "eleven", labels=labels).fit(customers)
        segments = rfm.predict(customers)
        names = tuple(name for name in rfm.segments_ if (segments == name).any())
        customers = customers.join(rfm.scores(customers))
    else:
        customers = _know_more(customers, lines, people, day)
        customers = measure_events(
            customers,
            ruled.measures,
            transactions=lines,
            engagements=_read_engagements(engagements, people),
            snapshot_date=day,
            timezone=zone,
        )
        segments = ruled.fit_predict(customers)
        names = ruled.segments_
    table = _profile(customers, segments, names)
    if out is not None:
        write_csv(customers.join(segments).reset_index(), out)
    if as_json:
        print_json(_as_json(data, people, table) | products_as_json(named))
        return
    show_orders(data)
    if people is not None:
        show_people(people)
    heading(f"{len(customers):,} customers in {len(table)} segments")
    show_table(table.set_axis(HEADINGS, axis=1))
    say("Days since: median since the last order.  Orders, money each: mean of a customer.")
    for path in filter(None, (out, set_aside)):
        say(f"Written: {path}")


def _know_more(
    customers: pd.DataFrame, lines: pd.DataFrame, people: Identities | None, day: str
) -> pd.DataFrame:
    """Put beside customers what the order files tell of them, for rules to read."""
    if "category" in lines:
        customers = add_category_interests(customers, lines)
    if people is not None:
        customers = add_demographics(customers, people.profiles, snapshot_date=day)
    return customers


def _read_engagements(path: Path | None, people: Identities | None) -> pd.DataFrame | None:
    """Read what customers did with messages, whose ids are those of accounts."""
    if path is not None and people is not None:
        expected = "used with --no-link, as its ids are those of accounts and not of people"
        raise InvalidParameterError("--engagements", str(path), expected)
    return read_engagements(path)


def _knows_contacts(orders: Orders) -> bool:
    """Tell whether the files say more of customers than an id."""
    ids = ["customer_id", "sales_channel", "first_seen_at", "last_seen_at"]
    return bool(orders.contacts.drop(columns=ids).notna().any(axis=None))


def show_orders(orders: Orders) -> None:
    """Show what became of the lines, of each file where there are several."""
    heading("Order lines: in = used + set aside")
    show_table(orders_report(orders))
    files = orders.report_by_file()
    if len(files) > 1:
        heading("The same by file")
        counts = files[["rows", "used", "set_aside", "amount_used"]].reset_index(names="file")
        show_table(counts.set_axis(["file", "rows", "used", "set aside", "amount used"], axis=1))


def _as_json(orders: Orders, people: Identities | None, segments: pd.DataFrame) -> dict[str, Any]:
    """Give what a program wants to know."""
    result: dict[str, Any] = {
        "orders": records(orders_report(orders)),
        "files": records(orders.report_by_file().reset_index()),
        "segments": records(segments),
    }
    return result if people is None else result | people_as_json(people)


def _profile(customers: pd.DataFrame, segments: pd.Series, order: tuple[str, ...]) -> pd.DataFrame:
    """Describe each segment of *order* in a row, also those of nobody."""
    groups = customers.groupby(segments)
    table = groups.agg(
        customers=("frequency", "size"),
        median_recency_days=("recency_days", "median"),
        mean_frequency=("frequency", "mean"),
        mean_value=("monetary_value", "mean"),
    )
    table = table.reindex(pd.Index(order, name=segments.name))
    table["customers"] = table["customers"].fillna(0).astype("int64")
    table.insert(1, "share_percent", 100 * table["customers"] / len(customers))
    return table.round(2).reset_index()
