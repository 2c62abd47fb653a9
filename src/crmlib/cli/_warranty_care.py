"""``crmlib warranty exchange``, ``service`` and ``known``: what comes after the sale."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from crmlib.cli._csv_files import read_table
from crmlib.cli._order_options import Columns, Currency, Mapping, OrderPaths, Source
from crmlib.cli._output import AsJson, counted, print_json, records, say, show_table
from crmlib.cli._passwords import PasswordEnv
from crmlib.cli._warranty_files import (
    KEYS,
    REGISTRY,
    Domain,
    Keys,
    Registry,
    Timezone,
    open_registry,
    read_sales,
    show_history,
    write_links,
)
from crmlib.delivery import utc_now
from crmlib.exceptions import InvalidParameterError
from crmlib.measurement import count_known_buyers, find_reachable
from crmlib.tables import check_consents, check_profiles

_SHARES = ["share_before", "share_after"]
_HEADINGS = {
    "sales_channel": "sold at",
    "buyers": "buyers",
    "known_before": "known before",
    "share_before": "% before",
    "known_after": "known after",
    "share_after": "% after",
}


def exchange(
    orders: OrderPaths,
    status: Annotated[
        list[str], typer.Option(help="What the files say of an exchanged line; repeatable.")
    ],
    domain: Domain,
    out: Annotated[Path, typer.Option(help="Write the links of the new pieces to this file.")],
    source: Source = None,
    column: Columns = None,
    mapping: Mapping = None,
    timezone: Timezone = None,
    currency: Currency = None,
    registry: Registry = REGISTRY,
    keys: Keys = KEYS,
    password_env: PasswordEnv = None,
    as_json: AsJson = False,
) -> None:
    """Revoke the certificates of exchanged pieces, and issue those of the pieces in their place.

    For files that keep the line and change its status.  Where an exchange is
    a return and a new line, run revoke and then issue.
    """
    if out.exists():
        raise InvalidParameterError("--out", str(out), "a new file")
    found = read_sales(
        orders,
        source=source,
        column=column,
        mapping=mapping,
        timezone=timezone,
        currency=currency,
        password_env=password_env,
    )
    with open_registry(registry, keys, domain) as book:
        done = book.exchange_lines(found.table, status, at=utc_now())
        write_links(book, done.issued, out)
    if as_json:
        print_json({"exchanged": len(done.issued), "unclear": done.unclear, "out": str(out)})
        return
    say(f"{counted(len(done.issued), 'piece')} exchanged. The new links: {out}")
    if done.unclear:
        say(f"The files do not say which of these were exchanged: {', '.join(done.unclear)}")


def service(
    warranty_id: Annotated[str, typer.Argument(help="Id of the certificate.")],
    work: Annotated[
        str | None,
        typer.Argument(help="What was done, without names; left out, the entries are shown."),
    ] = None,
    registry: Registry = REGISTRY,
    keys: Keys = KEYS,
    as_json: AsJson = False,
) -> None:
    """Keep what was done to a piece, and show the log of its certificate."""
    with open_registry(registry, keys) as book:
        if work is not None:
            book.record_service(warranty_id, work, at=utc_now())
        events = book.history(warranty_id)
    if as_json:
        print_json(records(events.drop(columns=["owner_id", "warranty_id"])))
    else:
        show_history(events)


def known(
    orders: OrderPaths,
    profiles: Annotated[
        Path | None, typer.Option(help="CSV of profiles that are known without the warranty.")
    ] = None,
    consents: Annotated[Path | None, typer.Option(help="CSV of their consents.")] = None,
    source: Source = None,
    column: Columns = None,
    mapping: Mapping = None,
    timezone: Timezone = None,
    currency: Currency = None,
    registry: Registry = REGISTRY,
    keys: Keys = KEYS,
    password_env: PasswordEnv = None,
    as_json: AsJson = False,
) -> None:
    """Say what share of the buyers of each sales channel is known, before and after registrations.

    Known is who may be sent advertising and can be.
    """
    if (profiles is None) != (consents is None):
        raise InvalidParameterError(
            "--profiles and --consents", [str(profiles), str(consents)], "both, or neither"
        )
    found = read_sales(
        orders,
        source=source,
        column=column,
        mapping=mapping,
        timezone=timezone,
        currency=currency,
        password_env=password_env,
    )
    now = utc_now()
    before = (
        pd.Index([], dtype="str")
        if profiles is None or consents is None
        else find_reachable(
            read_table(profiles, check_profiles), read_table(consents, check_consents), now=now
        )
    )
    with open_registry(registry, keys) as book:
        owners = find_reachable(book.profiles(), book.consents(), now=now)
        table = count_known_buyers(found.table, before, book.events(), owners).reset_index()
    if as_json:
        print_json(records(table))
        return
    table[_SHARES] = table[_SHARES].map("{:.0%}".format)
    show_table(table[list(_HEADINGS)].rename(columns=_HEADINGS))
