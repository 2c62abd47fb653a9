"""From a campaign file to everything that a plan needs: shared by plan, report and demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pandas as pd

from crmlib.exceptions import UnreadableFileError
from crmlib.features import add_category_interests, add_demographics, summarize_customers
from crmlib.sources import read_orders
from crmlib.tables import Orders, check_consents, check_profiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crmlib.campaigns import Campaign, CampaignFile


@attrs.frozen(kw_only=True, eq=False)
class Prepared:
    """What a campaign file describes, read and fitted.

    Parameters
    ----------
    orders : Orders
        All order lines, of all files.
    known : DataFrame
        The lines up to the snapshot date.
    customers, profiles, consents : DataFrame
        The canonical tables.
    campaign : Campaign
        Fitted on what is known.
    timezone : str
        IANA zone of the account.
    """

    orders: Orders
    known: pd.DataFrame
    customers: pd.DataFrame
    profiles: pd.DataFrame
    consents: pd.DataFrame
    campaign: Campaign
    timezone: str


def prepare(spec: CampaignFile) -> Prepared:
    """Read the files of *spec*, summarise the customers and fit the campaign on them."""
    data = spec.data
    orders = Orders.join(
        *(
            read_orders(path, columns=data.columns or None, timezone=data.timezone)
            for path in data.orders
        )
    )
    profiles = read_table(data.profiles, check_profiles)
    consents = read_table(data.consents, check_consents)
    snapshot_date = data.snapshot_date or last_date(orders.table, data.timezone)
    known = orders.table[local_dates(orders.table, data.timezone) <= snapshot_date]
    customers = summarize_customers(known, snapshot_date=snapshot_date, timezone=data.timezone)
    if "category" in known:
        customers = add_category_interests(customers, known)
    customers = add_demographics(customers, profiles, snapshot_date=snapshot_date)
    zones = profiles.set_index("customer_id")["timezone"].dropna()
    return Prepared(
        orders=orders,
        known=known,
        customers=customers,
        profiles=profiles,
        consents=consents,
        campaign=spec.make_campaign(customers, known, zones),
        timezone=data.timezone,
    )


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


def read_table(path: Path, check: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    """Read a CSV file of text cells and check it."""
    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UnreadableFileError(
            str(path), "there is no such file", "correct the path in the campaign file"
        ) from error
    except (ValueError, UnicodeDecodeError) as error:
        raise UnreadableFileError(
            str(path), f"it is no CSV file in UTF-8 ({error})", "save it as CSV in UTF-8"
        ) from error
    return check(raw)
