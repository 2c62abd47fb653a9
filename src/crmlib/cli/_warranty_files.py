"""What the commands of ``crmlib warranty`` open: the registry, its keys, order files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer

from crmlib.cli._order_options import read_given_orders
from crmlib.cli._output import progress, say
from crmlib.exceptions import InvalidTableError, LedgerUnavailableError
from crmlib.tables import Orders, check_columns, read_csv, read_instants, write_csv
from crmlib.warranty import KeyRing, WarrantyRegistry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmlib.warranty import Certificate

Registry = Annotated[str, typer.Option(help="File of the registry, or postgresql://…")]
Keys = Annotated[Path, typer.Option(help="File of the key ring; keep it secret.")]
Domain = Annotated[str, typer.Option(help="Where links lead: https://id.example.com.")]
Gtins = Annotated[
    Path, typer.Option(help="CSV: product_id as the order files have it, gtin (8 to 14 digits).")
]
Timezone = Annotated[
    str | None,
    typer.Option(help="IANA zone of times without an offset (default: that of the source)."),
]

_SOLD = ["warranty_id", "gtin", "serial", "sales_channel", "order_id", "line_id", "product_id"]
REGISTRY = "warranty.db"
KEYS = Path("warranty-keys.json")


def open_registry(
    registry: str, keys: Path, domain: str = "https://localhost"
) -> WarrantyRegistry:
    """Open a registry that must be there: looking at it makes none.

    Only who writes links needs a *domain*.
    """
    if "://" not in registry and not Path(registry).exists():
        raise LedgerUnavailableError(
            registry, "there is no such file", "name the one that crmlib warranty issue wrote"
        )
    return make_registry(registry, keys, domain)


def make_registry(registry: str, keys: Path, domain: str) -> WarrantyRegistry:
    """Open a registry, which is made if there is none."""
    url = registry if "://" in registry else f"sqlite:///{registry}"
    return WarrantyRegistry(url, keys=KeyRing.load(keys), domain=domain)


def read_gtins(path: Path) -> dict[str, str]:
    """Read the GTIN of each product id."""
    table = read_csv(path)
    check_columns(str(path), table, ["product_id", "gtin"])
    return dict(zip(table["product_id"], table["gtin"], strict=True))


def write_links(registry: WarrantyRegistry, issued: Iterable[Certificate], path: Path) -> None:
    """Write the link of each certificate beside its order, to know which parcel it is for."""
    ids = [certificate.warranty_id for certificate in issued]
    sales = registry.sales().set_index("warranty_id").loc[ids].reset_index()
    links = [str(registry.link(warranty_id)) for warranty_id in ids]
    write_csv(sales[_SOLD].assign(link=links), path)


def show_history(events: pd.DataFrame) -> None:
    """Print the log of a registry, a line for each event."""
    widths = {name: events[name].astype("str").str.len().max() for name in ("number", "kind")}
    for event in events.to_dict("records"):
        facts = ", ".join(f"{name} {told}" for name, told in json.loads(event["detail"]).items())
        line = (
            f"{event['number']:>{widths['number']}}  {event['at']:%Y-%m-%d %H:%M:%S} UTC  "
            f"{event['kind']:{widths['kind']}}  {event['warranty_id'] or ''}  {facts}"
        )
        say(line.rstrip())


def read_sales(
    orders: list[str],
    *,
    source: str | None,
    column: list[str] | None,
    mapping: Path | None,
    timezone: str | None,
    currency: str | None,
    password_env: str | None,
    keep: list[str] | None = None,
) -> Orders:
    """Read order files with the buyers whom nobody knows: a warranty is for them, too."""
    with progress("reading"):
        return read_given_orders(
            orders,
            source=source,
            column=column,
            mapping=mapping,
            timezone=timezone,
            currency=currency,
            password_env=password_env,
            keep=keep,
            unknown_customers="keep",
        )


def read_deliveries(
    table: pd.DataFrame, column: str, timezone: str | None
) -> pd.Series[pd.Timestamp]:
    """Read when each line was delivered; an empty cell is not delivered yet."""
    texts = table[column].fillna("").str.strip()
    instants = read_instants(texts, timezone or "UTC")
    wrong = texts[(texts != "") & instants.isna()]
    if len(wrong):
        raise InvalidTableError(
            "--delivered", f"holds {wrong.iloc[0]!r}", "give a column of dates and times"
        )
    return instants
