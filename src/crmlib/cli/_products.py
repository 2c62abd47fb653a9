"""``crmlib products``: the products of each channel, for a person to say which are one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crmlib.cli._order_lines import usable
from crmlib.cli._order_options import Mapping, OrderPaths, spare_inputs
from crmlib.cli._output import AsJson, counted, print_json, progress, say
from crmlib.cli._passwords import PasswordEnv, read_password
from crmlib.exceptions import InvalidParameterError
from crmlib.sources import list_products, read_orders
from crmlib.tables import write_csv


def products(
    orders: OrderPaths,
    out: Annotated[Path, typer.Option(help="Write the product table to this file.")],
    mapping: Mapping = None,
    password_env: PasswordEnv = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the file --out.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the products of each sales channel, for you to say which of them are one.

    Products of one name are taken for one. Correct the columns product_id, product_name and
    category, and name the file in a campaign, [data] product_names.
    """
    if out.exists() and not replace:
        raise InvalidParameterError("--out", str(out), "a new file, unless --replace is given")
    with progress("reading"):
        password = read_password(password_env)
        found = usable(read_orders(orders, columns=mapping, password=password))
        table = list_products(found)
    spare_inputs(orders, {"--out": out})
    write_csv(table, out)
    counts = {
        "products": len(table),
        "channels": table["sales_channel"].nunique(),
        "common": table["product_id"].fillna(table["product_name"]).nunique(),
    }
    if as_json:
        print_json(counts | {"out": str(out)})
        return
    say(
        f"{counted(counts['products'], 'product')} on {counted(counts['channels'], 'channel')}, "
        f"taken for {counts['common']:,}."
    )
    say(f"Written: {out}  (look at each line, and correct it)")
