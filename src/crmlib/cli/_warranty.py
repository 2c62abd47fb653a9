"""``crmlib warranty``: certificates for what was sold."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmlib.cli._order_lines import usable
from crmlib.cli._order_options import Columns, Currency, Mapping, OrderPaths, Source
from crmlib.cli._output import AsJson, counted, note, print_json, records, say
from crmlib.cli._passwords import PasswordEnv
from crmlib.cli._warranty_care import exchange, known, service
from crmlib.cli._warranty_files import (
    KEYS,
    REGISTRY,
    Domain,
    Gtins,
    Keys,
    Registry,
    Timezone,
    make_registry,
    open_registry,
    read_deliveries,
    read_gtins,
    read_sales,
    show_history,
    write_links,
)
from crmlib.cli._warranty_keys import keys_app
from crmlib.delivery import utc_now
from crmlib.exceptions import InvalidParameterError
from crmlib.warranty import KeyRing, make_qr_sheet

if TYPE_CHECKING:
    import pandas as pd

warranty = typer.Typer(
    help="Digital warranties: issue, verify, exchange and revoke certificates.",
    no_args_is_help=True,
)
for command in (exchange, service, known):
    warranty.command()(command)
warranty.add_typer(keys_app, name="keys")


@warranty.command()
def issue(
    orders: OrderPaths,
    gtins: Gtins,
    domain: Domain,
    out: Annotated[Path, typer.Option(help="Write the new links to this file.")],
    sheet: Annotated[Path | None, typer.Option(help="Write QR codes, to print.")] = None,
    delivered: Annotated[
        str | None,
        typer.Option(
            help="Header of the instant of delivery, from which days count (default: the order); "
            "what has none yet gets no certificate yet."
        ),
    ] = None,
    after_days: Annotated[
        int, typer.Option(min=0, help="From order or delivery until it begins.")
    ] = 7,
    days: Annotated[int, typer.Option(min=1, help="How long it holds.")] = 730,
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
    """Issue a certificate for each piece in order files; those that have one are left.

    Buyers whom the files do not name get theirs, too.  A key ring is made if
    there is none.
    """
    for name, path in (("--out", out), ("--sheet", sheet)):
        if path is not None and path.exists():
            raise InvalidParameterError(name, str(path), "a new file")
    of_products = read_gtins(gtins)
    found = usable(
        read_sales(
            orders,
            source=source,
            column=column,
            mapping=mapping,
            timezone=timezone,
            currency=currency,
            password_env=password_env,
            keep=None if delivered is None else [f"delivered_at={delivered}"],
        )
    ).table
    if not keys.exists():
        KeyRing.generate().save(keys)
    with make_registry(registry, keys, domain) as book:
        issued = book.issue_for_orders(
            found,
            of_products,
            at=utc_now(),
            after=timedelta(days=after_days),
            lasting=timedelta(days=days),
            delivered_at=(
                None if delivered is None else read_deliveries(found, "delivered_at", timezone)
            ),
        )
        links = [book.link(certificate.warranty_id) for certificate in issued]
        write_links(book, issued, out)
    if sheet is not None:
        sheet.write_text(make_qr_sheet(links), encoding="utf-8")
    if as_json:
        print_json({"issued": len(issued), "out": str(out)})
    else:
        _tell_unnamed(found, of_products, gtins)
        said = counted(len(issued), "certificate")
        if issued:
            say(f"{said} issued. Links: {out}")
        else:
            say(f"{said} issued: each piece that can have one has it.")


def _tell_unnamed(lines: pd.DataFrame, gtins: dict[str, str], path: Path) -> None:
    """Say how many lines are of products that have no GTIN, and so get no certificate."""
    unnamed = lines.loc[~lines["product_id"].isin(list(gtins)), "product_id"]
    if len(unnamed):
        note(
            f"{counted(len(unnamed), 'line')} of products without a GTIN in {path}, such as "
            f"{unnamed.iloc[0]!r}, got no certificate"
        )


@warranty.command()
def verify(
    token: Annotated[str, typer.Argument(help="What w= carries in a link.")],
    registry: Registry = REGISTRY,
    keys: Keys = KEYS,
    as_json: AsJson = False,
) -> None:
    """Say whether a token is good, and whether its piece is registered."""
    with open_registry(registry, keys) as book:
        found = book.verify(token, at=utc_now())
    facts = {
        "gtin": found.gtin,
        "serial": found.serial,
        "expires_at": found.expires_at.isoformat(),
        "registered": found.is_registered,
    }
    if as_json:
        print_json(facts)
    else:
        state = "registered" if found.is_registered else "not registered yet"
        say(f"Valid until {found.expires_at:%Y-%m-%d}: {found.gtin} {found.serial}, {state}.")


@warranty.command()
def revoke(
    orders: OrderPaths,
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
    """Revoke the certificates of what later order files say was cancelled or returned."""
    found = read_sales(
        orders,
        source=source,
        column=column,
        mapping=mapping,
        timezone=timezone,
        currency=currency,
        password_env=password_env,
    )
    with open_registry(registry, keys) as book:
        ended = book.revoke_returns(found, at=utc_now())
    if as_json:
        print_json({"revoked": ended.revoked, "unclear": ended.unclear})
        return
    say(f"{counted(len(ended.revoked), 'certificate')} revoked.")
    if ended.unclear:
        say(f"The files do not say which of these came back: {', '.join(ended.unclear)}")


@warranty.command()
def log(
    registry: Registry = REGISTRY,
    keys: Keys = KEYS,
    as_json: AsJson = False,
) -> None:
    """Show what happened, and whether the log was bent."""
    with open_registry(registry, keys) as book:
        events, check = book.history(), book.verify_log()
    if as_json:
        facts = {"events": records(events), "head": check.head, "broken_at": check.broken_at}
        print_json(facts)
    else:
        show_history(events)
        say(f"Head: {check.head}")
    if check.broken_at is not None:
        say(f"The log was bent at event {check.broken_at}.")
        raise typer.Exit(3)
