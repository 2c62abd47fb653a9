"""``crmlib warranty``: certificates for what was sold."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from crmlib.cli._order_lines import usable
from crmlib.cli._output import AsJson, print_json, progress, records, say, show_table
from crmlib.cli._passwords import PasswordEnv, read_password
from crmlib.delivery import utc_now
from crmlib.exceptions import InvalidParameterError, LedgerUnavailableError
from crmlib.sources import read_orders
from crmlib.tables import check_columns, read_csv, write_csv
from crmlib.warranty import KeyRing, WarrantyRegistry, make_qr_sheet

Registry = Annotated[str, typer.Option(help="File of the registry, or postgresql://…")]
Keys = Annotated[Path, typer.Option(help="File of the key ring; keep it secret.")]
OrderFiles = Annotated[list[str], typer.Argument(help="Order files, as for crmlib segment.")]

warranty = typer.Typer(
    help="Digital warranties: issue, verify and revoke certificates.", no_args_is_help=True
)


@warranty.command()
def issue(
    orders: OrderFiles,
    gtins: Annotated[Path, typer.Option(help="CSV: product_id, gtin.")],
    domain: Annotated[str, typer.Option(help="Where links lead: https://id.example.com.")],
    out: Annotated[Path, typer.Option(help="Write the new links to this file.")],
    sheet: Annotated[Path | None, typer.Option(help="Write QR codes, to print.")] = None,
    after_days: Annotated[int, typer.Option(help="From the order until it begins.")] = 7,
    days: Annotated[int, typer.Option(help="How long it holds.")] = 730,
    registry: Registry = "warranty.db",
    keys: Keys = Path("warranty-keys.json"),
    password_env: PasswordEnv = None,
    as_json: AsJson = False,
) -> None:
    """Issue a certificate for each piece in order files; those that have one are left.

    A key ring is made if there is none.
    """
    for name, path in (("--out", out), ("--sheet", sheet)):
        if path is not None and path.exists():
            raise InvalidParameterError(name, str(path), "a new file")
    table = read_csv(gtins)
    check_columns(str(gtins), table, ["product_id", "gtin"])
    with progress("reading"):
        found = usable(read_orders(orders, password=read_password(password_env)))
    if not keys.exists():
        KeyRing.generate().save(keys)
    with WarrantyRegistry(_url(registry), keys=KeyRing.load(keys), domain=domain) as book:
        issued = book.issue_for_orders(
            found.table,
            dict(zip(table["product_id"], table["gtin"], strict=True)),
            at=utc_now(),
            after=timedelta(days=after_days),
            lasting=timedelta(days=days),
        )
        links = [book.link(certificate.warranty_id) for certificate in issued]
    rows = [
        (each.warranty_id, each.gtin, each.serial, str(link))
        for each, link in zip(issued, links, strict=True)
    ]
    write_csv(pd.DataFrame(rows, columns=["warranty_id", "gtin", "serial", "link"]), out)
    if sheet is not None:
        sheet.write_text(make_qr_sheet(links), encoding="utf-8")
    if as_json:
        print_json({"issued": len(issued), "out": str(out)})
    else:
        say(f"{len(issued):,} certificates issued. Their links: {out}")


@warranty.command()
def verify(
    token: Annotated[str, typer.Argument(help="What w= carries in a link.")],
    registry: Registry = "warranty.db",
    keys: Keys = Path("warranty-keys.json"),
    as_json: AsJson = False,
) -> None:
    """Say whether a token is good, and whether its piece is registered."""
    with _open(registry, keys) as book:
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
    orders: OrderFiles,
    registry: Registry = "warranty.db",
    keys: Keys = Path("warranty-keys.json"),
    password_env: PasswordEnv = None,
    as_json: AsJson = False,
) -> None:
    """Revoke the certificates of what later order files say was cancelled or returned."""
    with progress("reading"):
        found = read_orders(orders, password=read_password(password_env))
    with _open(registry, keys) as book:
        ended = book.revoke_returns(found, at=utc_now())
    if as_json:
        print_json({"revoked": ended.revoked, "unclear": ended.unclear})
        return
    say(f"{len(ended.revoked):,} certificates revoked.")
    if ended.unclear:
        say(f"The files do not say which of these came back: {', '.join(ended.unclear)}")


@warranty.command()
def log(
    registry: Registry = "warranty.db",
    keys: Keys = Path("warranty-keys.json"),
    as_json: AsJson = False,
) -> None:
    """Show what happened, and whether the log was bent."""
    with _open(registry, keys) as book:
        events, check = book.history(), book.verify_log()
    if as_json:
        facts = {"events": records(events), "head": check.head, "broken_at": check.broken_at}
        print_json(facts)
    else:
        show_table(events.drop(columns="owner_id"))
        say(f"Head: {check.head}")
    if check.broken_at is not None:
        say(f"The log was bent at event {check.broken_at}.")
        raise typer.Exit(3)


def _open(registry: str, keys: Path) -> WarrantyRegistry:
    """Open a registry that must be there: looking at it makes none."""
    if "://" not in registry and not Path(registry).exists():
        raise LedgerUnavailableError(
            registry, "there is no such file", "name the one that crmlib warranty issue wrote"
        )
    # links are only written when issuing, so no domain is needed
    return WarrantyRegistry(_url(registry), keys=KeyRing.load(keys), domain="https://localhost")


def _url(registry: str) -> str:
    return registry if "://" in registry else f"sqlite:///{registry}"
