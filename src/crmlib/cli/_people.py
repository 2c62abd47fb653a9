"""``crmlib people``: from order files to canonical files of the people behind them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer

from crmlib.campaigns import PeopleSettings, consents_of_people, link_people
from crmlib.cli._csv_files import read_cells, read_table
from crmlib.cli._order_lines import orders_report, usable
from crmlib.cli._order_options import (
    Columns,
    Currency,
    Keep,
    Mapping,
    OrderPaths,
    Source,
    read_given_orders,
    spare_inputs,
)
from crmlib.cli._output import AsJson, note, print_json, progress, records, say
from crmlib.cli._passwords import PasswordEnv
from crmlib.cli._people_facts import people_as_json, show_people
from crmlib.cli._segment import show_orders
from crmlib.tables import check_consents, write_csv

if TYPE_CHECKING:
    from crmlib.campaigns import LinkedPeople
    from crmlib.tables import Orders

_KNOWN = "people.json"


def people(
    orders: OrderPaths,
    out: Annotated[Path, typer.Option(help="Folder to write into; made if need be.")],
    source: Source = None,
    column: Columns = None,
    mapping: Mapping = None,
    timezone: Annotated[
        str | None,
        typer.Option(help="IANA zone of times without an offset (default: that of the source)."),
    ] = None,
    currency: Currency = None,
    password_env: PasswordEnv = None,
    keep: Keep = None,
    region: Annotated[
        str | None,
        typer.Option(help="Country of phone numbers without a country code, such as KR."),
    ] = None,
    profiles: Annotated[
        Path | None, typer.Option(help="CSV of profiles of accounts: they go before the orders.")
    ] = None,
    consents: Annotated[
        Path | None, typer.Option(help="CSV of consents of accounts, to be told of people.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find the people behind the accounts of order files, and write canonical files of them.

    OUT gets orders.csv and profiles.csv, which a campaign file can name, accounts.csv (which
    account is whose), flagged.csv (what a person should look at), set-aside.csv, and
    people.json, by which people keep their ids when the command runs again.
    """
    settings = PeopleSettings(file=out / _KNOWN, region=region)
    with progress("reading"):
        data = usable(
            read_given_orders(
                orders,
                source=source,
                column=column,
                mapping=mapping,
                timezone=timezone,
                currency=currency,
                password_env=password_env,
                keep=keep,
            )
        )
        given = None if profiles is None else read_cells(profiles)
        said = None if consents is None else read_table(consents, check_consents)
    with progress("linking"):
        linked = link_people([data], given, settings=settings)
        told = linked.apply(data)
        tables = {
            "orders": told.table,
            "profiles": linked.profiles,
            "accounts": _describe_accounts(data, linked),
            "flagged": linked.identities.flagged,
            "set-aside": told.set_aside,
        }
        if said is not None:
            tables["consents"] = consents_of_people(said, linked.identities)
    paths = {name: out / f"{name}.csv" for name in tables}
    inputs = [*orders, *(str(path) for path in (profiles, consents) if path is not None)]
    spare_inputs(inputs, dict.fromkeys(["--out"], paths["orders"]))
    out.mkdir(parents=True, exist_ok=True)
    linked.identities.save(settings.file)
    for name, table in tables.items():
        write_csv(table, paths[name])
    if as_json:
        files = {name: str(path) for name, path in paths.items()} | {"people": str(settings.file)}
        report = {"orders": records(orders_report(told)), "files": files}
        print_json(report | people_as_json(linked.identities))
        return
    show_orders(told)
    show_people(linked.identities)
    for path in (*paths.values(), settings.file):
        say(f"Written: {path}")
    note("the files hold personal data: keep them where only you can read them")


def _describe_accounts(orders: Orders, linked: LinkedPeople) -> pd.DataFrame:
    """Give each account, whose it is, and what its contacts told last."""
    keys = ["sales_channel", "customer_id"]
    contacts = orders.contacts.sort_values("last_seen_at", kind="stable")
    last = contacts.drop(columns=["first_seen_at"]).groupby(keys, dropna=False).last()
    accounts = linked.identities.people.merge(last.reset_index(), "left", on=keys)
    accounts.insert(0, "person_id", accounts.pop("person_id"))
    return accounts.sort_values(["person_id", *keys], ignore_index=True).dropna(axis=1, how="all")
