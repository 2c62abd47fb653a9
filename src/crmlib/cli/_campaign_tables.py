"""From the files that a campaign file names to tables, as they stood on its snapshot date."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs
import pandas as pd

from crmlib.campaigns import (
    LinkedPeople,
    consents_of_people,
    link_people,
    read_order_files,
)
from crmlib.cli._csv_files import read_cells, read_engagements, read_table
from crmlib.cli._order_lines import last_date, local_dates, usable
from crmlib.cli._planner_files import read_products, read_responses
from crmlib.exceptions import (
    MissingColumnsError,
)
from crmlib.features import (
    add_category_interests,
    add_demographics,
    add_event_columns,
    add_last_values,
    summarize_customers,
)
from crmlib.identity import Identities
from crmlib.sources import NamedProducts, name_products
from crmlib.tables import (
    Orders,
    check_consents,
    check_events,
    check_profiles,
    get_zone,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from crmlib.campaigns import CampaignFile, Plan
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
    engagements : DataFrame or None
        What customers did with messages, if there is a file of it.
    later : DataFrame or None
        Order lines after sending, if they were asked for.
    timezone : str
        IANA zone of the account.
    people : LinkedPeople or None
        Whom the tables tell of, if not of accounts.
    product_names : NamedProducts or None
        What a product table made of the lines, if there is one.
    events : DataFrame or None
        What triggers answer, besides orders.
    responses, products : DataFrame or None
        What earlier messages brought, and what can be sold.
    """

    orders: Orders
    known: pd.DataFrame
    customers: pd.DataFrame
    profiles: pd.DataFrame
    consents: pd.DataFrame
    engagements: pd.DataFrame | None
    later: pd.DataFrame | None
    timezone: str
    events: pd.DataFrame | None
    responses: pd.DataFrame | None
    products: pd.DataFrame | None
    people: LinkedPeople | None
    product_names: NamedProducts | None

    def addresses(self, field: str) -> pd.DataFrame:
        """Give every address of a *field* that is known, and whose it is.

        Returns
        -------
        DataFrame of shape (n_addresses, 2)
            ``customer_id`` and the *field*; each pair once.
        """
        known = [self.profiles]
        if self.people is not None and field in self.orders.contacts:
            known.append(self.orders.contacts)
        both = pd.concat([table[["customer_id", field]] for table in known])
        return both.dropna().drop_duplicates().reset_index(drop=True)


def read_tables(
    spec: CampaignFile,
    *,
    latest: datetime | None = None,
    password: str | None = None,
    later: Orders | None = None,
    planned: pd.Index[Any] | None = None,
    answers: pd.DataFrame | None = None,
) -> CampaignTables:
    """Read the files of *spec* and summarise the customers.

    The snapshot date is that of the file, else the day of the last order, but
    not after the day of *latest*.  Accounts of one person are linked if *spec*
    says so, by the contacts of *later* orders, too; people are called as in
    the plan whose ids are *planned*.  *answers*, from the links in messages,
    are consents as those of the file are.
    """
    data = spec.data
    orders = usable(read_order_files(data.orders, password))
    named = None
    if data.product_names is not None:
        named = name_products(orders, read_cells(data.product_names))
        orders = named.orders
    given = _read_profiles(data.profiles)
    consents = _read_consents(data.consents, answers)
    engagements = read_engagements(data.engagements)
    events = None if data.events is None else read_table(data.events, check_events)
    responses = read_responses(data.responses)
    people = None
    if spec.people is not None:
        parts = [orders] if later is None else [orders, later]
        people = link_people(parts, given, settings=spec.people)
        if planned is not None:
            people = people.call_as_planned(planned)
        orders = people.apply(orders)
        later = None if later is None else people.apply(later)
        consents = consents_of_people(consents, people.identities)
        engagements, events, responses = (
            None if table is None else people.tell(table, name)
            for name, table in (
                ("engagements", engagements),
                ("events", events),
                ("responses", responses),
            )
        )
    profiles = check_profiles(given if people is None else people.profiles)
    snapshot_date = data.snapshot_date or last_date(orders.table, data.timezone)
    if latest is not None:
        snapshot_date = min(snapshot_date, str(latest.astimezone(get_zone(data.timezone)).date()))
    known = orders.table[local_dates(orders.table, data.timezone) <= snapshot_date]
    customers = summarize_customers(known, snapshot_date=snapshot_date, timezone=data.timezone)
    if "category" in known:
        customers = add_category_interests(customers, known)
    customers = add_last_values(customers, known, data.kept)
    customers = measure_events(
        customers,
        spec.measures,
        transactions=known,
        engagements=engagements,
        snapshot_date=snapshot_date,
        timezone=data.timezone,
    )
    return CampaignTables(
        orders=orders,
        known=known,
        customers=add_demographics(customers, profiles, snapshot_date=snapshot_date),
        profiles=profiles,
        consents=consents,
        engagements=engagements,
        later=None if later is None else later.table,
        timezone=data.timezone,
        people=people,
        product_names=named,
        events=events,
        responses=responses,
        products=read_products(data.products),
    )


def read_as_planned(
    spec: CampaignFile, plan: Plan, later_orders: Path | None, password: str | None
) -> CampaignTables:
    """Read the files of *spec* as they stood when *plan* was made, and the orders after it.

    These are at *later_orders*, else where ``data.later_orders`` says, if anywhere.
    """
    files = spec.data.order_files(later_orders) if later_orders else spec.data.later_orders
    return read_tables(
        spec,
        latest=datetime.fromisoformat(plan.header["created_at"]),
        password=password,
        later=read_order_files(files, password) if files else None,
        planned=plan.table.index,
    )


def read_consents(spec: CampaignFile, answers: pd.DataFrame | None = None) -> pd.DataFrame:
    """Read the consents that *spec* names, as of the people whom the last plan found.

    *answers*, from the links in messages, are consents as those of the file are.
    """
    consents = _read_consents(spec.data.consents, answers)
    if spec.people is None:
        return consents
    return consents_of_people(consents, Identities.load(spec.people.file))


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


def _read_consents(path: Path, answers: pd.DataFrame | None) -> pd.DataFrame:
    consents = read_table(path, check_consents)
    if answers is None or answers.empty:
        return consents
    return pd.concat([consents, answers], ignore_index=True)


def _read_profiles(path: Path | None) -> pd.DataFrame:
    """Read the CSV file of profiles; none, if there is no file."""
    return pd.DataFrame({"customer_id": []}) if path is None else read_cells(path)
