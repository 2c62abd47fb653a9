"""From a campaign file to everything that a plan needs: for plan, send, report and demo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pandas as pd

from crmlib.cli._planner_files import read_products, read_responses
from crmlib.exceptions import (
    ConfigError,
    InvalidTableError,
    MissingColumnsError,
    UnreadableFileError,
)
from crmlib.features import (
    add_category_interests,
    add_demographics,
    add_event_columns,
    summarize_customers,
)
from crmlib.sources import read_orders
from crmlib.tables import (
    Orders,
    check_consents,
    check_engagements,
    check_events,
    check_profiles,
    get_zone,
    orders_as_events,
)
from crmlib.timing import TriggerTiming

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from pathlib import Path

    from crmlib.campaigns import Campaign, CampaignFile, Plan
    from crmlib.features import EventMeasure


@attrs.frozen(kw_only=True, eq=False)
class CampaignTables:
    """The tables that a campaign file names, as they stood on its snapshot date.

    Parameters
    ----------
    orders : Orders
        All order lines, of all files.
    known : DataFrame
        The lines up to the snapshot date.
    customers, profiles, consents : DataFrame
        The canonical tables.
    timezone : str
        IANA zone of the account.
    responses, products : DataFrame or None
        What earlier messages brought, and what can be sold.
    """

    orders: Orders
    known: pd.DataFrame
    customers: pd.DataFrame
    profiles: pd.DataFrame
    consents: pd.DataFrame
    timezone: str
    responses: pd.DataFrame | None
    products: pd.DataFrame | None


def read_tables(spec: CampaignFile, latest: datetime | None = None) -> CampaignTables:
    """Read the files of *spec* and summarise the customers.

    The snapshot date is that of the file, else the day of the last order, but
    not after the day of *latest*.
    """
    data = spec.data
    orders = usable(
        read_orders(list(data.orders), columns=data.columns or None, timezone=data.timezone)
    )
    profiles = read_table(data.profiles, check_profiles)
    consents = read_table(data.consents, check_consents)
    snapshot_date = data.snapshot_date or last_date(orders.table, data.timezone)
    if latest is not None:
        snapshot_date = min(snapshot_date, str(latest.astimezone(get_zone(data.timezone)).date()))
    known = orders.table[local_dates(orders.table, data.timezone) <= snapshot_date]
    customers = summarize_customers(known, snapshot_date=snapshot_date, timezone=data.timezone)
    if "category" in known:
        customers = add_category_interests(customers, known)
    customers = measure_events(
        customers,
        spec.measures,
        transactions=known,
        engagements=read_engagements(data.engagements),
        snapshot_date=snapshot_date,
        timezone=data.timezone,
    )
    return CampaignTables(
        orders=orders,
        known=known,
        customers=add_demographics(customers, profiles, snapshot_date=snapshot_date),
        profiles=profiles,
        consents=consents,
        timezone=data.timezone,
        responses=read_responses(data.responses),
        products=read_products(data.products),
    )


def measure_events(
    customers: pd.DataFrame, measures: Iterable[EventMeasure], **events: Any
) -> pd.DataFrame:
    """Add what rules measure; say how a column that order lines lack can be had from a file."""
    try:
        return add_event_columns(customers, measures, **events)
    except MissingColumnsError as error:
        if error.table != "transactions":
            raise
        way_out = (
            "rules measure them: a header of your file can stand for one of crmlib's own columns, "
            "with --column category=HEADER, or category = 'HEADER' under [data.columns] of a "
            "campaign file"
        )
        raise MissingColumnsError(
            "the table of order lines", error.missing, error.available, way_out
        ) from error


def fit_campaign(
    spec: CampaignFile, tables: CampaignTables, now: datetime | None = None
) -> Campaign:
    """Fit what learns in *spec* on *tables*, and compose the campaign."""
    profiles = tables.profiles
    zones = profiles.set_index("customer_id").get("timezone", pd.Series(dtype=object)).dropna()
    events = read_events(spec, tables.orders) if isinstance(spec.timing, TriggerTiming) else None
    return spec.make_campaign(
        tables.customers,
        tables.known,
        zones,
        responses=tables.responses,
        products=tables.products,
        now=now,
        events=events,
    )


def read_events(spec: CampaignFile, orders: Orders) -> pd.DataFrame:
    """Give the events of the file that *spec* names, if any, and those that orders are."""
    ordered = orders_as_events(orders.table)
    if spec.data.events is None:
        return ordered
    return pd.concat([read_table(spec.data.events, check_events), ordered], ignore_index=True)


def make_plans(
    spec: CampaignFile, tables: CampaignTables, now: datetime, suppressions: Iterable[str]
) -> list[Plan]:
    """Make the plan of *spec*, or one for each step that is due."""
    campaign = fit_campaign(spec, tables, now)
    given: dict[str, Any] = {
        "profiles": tables.profiles,
        "consents": tables.consents,
        "now": now,
        "suppressions": suppressions,
    }
    ladder = spec.make_ladder(campaign)
    if ladder is None:
        return [campaign.plan(tables.customers, **given)]
    return ladder.plan(tables.customers, events=read_events(spec, tables.orders), **given)


def check_same_campaign(spec: CampaignFile, plan: Plan) -> None:
    """Refuse a campaign file that *plan* was not made from."""
    if not spec.owns(plan.campaign):
        raise ConfigError(
            str(spec.path),
            "campaign.name",
            f"is {spec.campaign.name!r}, and the plan is of {plan.campaign!r}",
            "name the campaign file of the plan with --campaign",
        )


def usable(orders: Orders) -> Orders:
    """Refuse *orders* of which no line can be used."""
    if orders.table.empty:
        counts = orders.set_aside["reason"].value_counts()
        reasons = ", ".join(f"{reason}: {count:,}" for reason, count in counts.items())
        raise InvalidTableError(
            "the order files",
            f"hold no line that can be used ({reasons or 'they have none'})",
            "map its columns, or repair the cells",
        )
    return orders


def local_dates(transactions: pd.DataFrame, timezone: str) -> pd.Series:
    """Give the local calendar date of each line, as text that sorts."""
    dates: pd.Series = transactions["ordered_at"].dt.tz_convert(timezone).dt.strftime("%Y-%m-%d")
    return dates


def last_date(transactions: pd.DataFrame, timezone: str) -> str:
    """Give the local date of the last line."""
    return str(transactions["ordered_at"].max().tz_convert(timezone).date())


def orders_report(orders: Orders) -> pd.DataFrame:
    """Give the report on *orders* with the row that everything adds up to."""
    table = orders.report()
    table.loc["in"] = table.sum()
    counts = {"rows": "int64", "customers": "int64"}
    return table.astype(counts).rename_axis("order lines").reset_index()


def read_engagements(path: Path | None) -> pd.DataFrame | None:
    """Read the CSV file of engagements, if there is one."""
    return None if path is None else read_table(path, check_engagements)


def read_table(path: Path, check: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    """Read a CSV file of text cells and check it."""
    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UnreadableFileError(
            str(path), "there is no such file", "correct the path"
        ) from error
    except (ValueError, UnicodeDecodeError) as error:
        raise UnreadableFileError(
            str(path), f"it is no CSV file in UTF-8 ({error})", "save it as CSV in UTF-8"
        ) from error
    return check(raw)
