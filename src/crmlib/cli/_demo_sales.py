"""What three channels sold, as the brand gets to see it, and who was behind it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np
import pandas as pd

from crmlib.datasets import Shop, make_profiles
from crmlib.sources import read_orders
from crmlib.warranty import check_digit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from crmlib.tables import Orders

OWN_MALL, MARKETPLACE, SHOP = "own mall", "marketplace", "shop"

SHARES: Final[Mapping[str, float]] = {OWN_MALL: 0.45, MARKETPLACE: 0.55, SHOP: 0.5}
"""Shares of buyers who register: assumed, near what vendors claim for codes on the product."""
AGREEING: Final = 0.65
"""Share of those who register that agree to advertising: assumed."""
RECENT: Final = timedelta(days=21)
"""How far back orders get a certificate."""
BEGIN: Final = timedelta(days=7)
"""From the order until the certificate begins, and can be registered."""
_STREAM: Final = 9


@attrs.frozen(kw_only=True)
class Buyer:
    """Somebody who bought, and registers.

    Parameters
    ----------
    sales_channel, order_id : str
        Where, and which order.
    name, email : str
        What they will say.
    language : {"ko", "en"}
        Of the pages that they read.
    agrees : bool
        Whether they agree to advertising by e-mail.
    """

    sales_channel: str
    order_id: str
    name: str = attrs.field(repr=False)
    email: str = attrs.field(repr=False)
    language: str
    agrees: bool


@attrs.frozen(kw_only=True, eq=False)
class DemoSales:
    """What was sold.

    Parameters
    ----------
    orders : Orders
        As the brand reads it: the own mall knows its customers, the market
        place gives pseudonyms, the till of the shop nothing.
    accounts : DataFrame
        Contacts of the customers of the own mall.
    profiles, consents : DataFrame
        Of the same, canonical.
    gtins, products : mapping of str to str
        The GTIN of each product id; the name of each GTIN.
    buyers : tuple of Buyer
        Who registers, in the order of their purchases.
    """

    orders: Orders
    accounts: pd.DataFrame
    profiles: pd.DataFrame
    consents: pd.DataFrame
    gtins: Mapping[str, str]
    products: Mapping[str, str]
    buyers: tuple[Buyer, ...]

    def recent(self, now: datetime, least: timedelta = timedelta(0)) -> pd.DataFrame:
        """Give the lines of recent orders that are at *least* so old."""
        table = self.orders.table
        within = (table["ordered_at"] >= now - RECENT) & (table["ordered_at"] < now - least)
        return table[within].reset_index(drop=True)


def make_sales(shop: Shop, now: datetime) -> DemoSales:
    """Show the orders of *shop* as the brand sees them, and draw who registers."""
    raw = shop.order_files
    seen = {
        OWN_MALL: raw[OWN_MALL],
        MARKETPLACE: raw[MARKETPLACE].assign(
            customer_id=raw[MARKETPLACE]["customer_id"].map(_pseudonym)
        ),
        SHOP: raw[SHOP].assign(customer_id=""),
    }
    orders = read_orders(list(seen.values()), timezone=shop.timezone, unknown_customers="keep")
    members = set(raw[OWN_MALL]["customer_id"])
    profiles = shop.profiles[shop.profiles["customer_id"].isin(members)].reset_index(drop=True)
    columns = ["customer_id", "name", "email", "phone"]
    names = orders.table.drop_duplicates("product_id").set_index("product_id")["product_name"]
    names = names[names.index.notna()]
    gtins = {product: _gtin(number) for number, product in enumerate(sorted(names.index), 1)}
    return DemoSales(
        orders=orders,
        accounts=profiles[columns].assign(sales_channel=OWN_MALL),
        profiles=profiles,
        consents=shop.consents[shop.consents["customer_id"].isin(members)].reset_index(drop=True),
        gtins=gtins,
        products={gtins[product]: name for product, name in names.items()},
        buyers=_draw_buyers(shop, orders.table[orders.table["amount"] > 0], now),
    )


def _draw_buyers(shop: Shop, table: pd.DataFrame, now: datetime) -> tuple[Buyer, ...]:
    """Draw who registers; walk-ins are people, too."""
    within = (table["ordered_at"] >= now - RECENT) & (table["ordered_at"] < now - BEGIN)
    sold = table[within].drop_duplicates(["sales_channel", "order_id"]).sort_values("ordered_at")
    raw = shop.orders.drop_duplicates(["sales_channel", "order_id"])
    behind = raw.set_index(["sales_channel", "order_id"])["customer_id"]
    keys = pd.MultiIndex.from_frame(sold[["sales_channel", "order_id"]])
    ids = behind.reindex(keys).to_numpy(dtype=object)
    walk_ins = make_profiles(
        [f"WALK-IN-{order}" for _, order in keys], shop.seed, end_date=shop.end_date
    )
    people = pd.concat([shop.profiles, walk_ins]).set_index("customer_id")
    rng = np.random.default_rng([_STREAM, shop.seed])
    buyers = []
    for (channel, order), known in zip(keys, ids, strict=True):
        registers, agrees = rng.random(2) < (SHARES[channel], AGREEING)
        person = people.loc[known or f"WALK-IN-{order}"]
        if registers and pd.notna(person["email"]):  # the demo has a server for mail only
            buyers.append(
                Buyer(
                    sales_channel=channel,
                    order_id=order,
                    name=str(person["name"]),
                    email=str(person["email"]),
                    language="ko" if str(person["locale"]).startswith("ko") else "en",
                    agrees=bool(agrees),
                )
            )
    return tuple(buyers)


def _pseudonym(customer_id: str) -> str:
    """Give what the market place calls a customer."""
    return f"MP{int(customer_id[1:]) * 7919 % 1_000_003:07}" if customer_id else ""


def _gtin(number: int) -> str:
    """Give a GTIN with the prefix that GS1 keeps for demonstrations."""
    digits = f"952{number:09}"
    return digits + check_digit(digits)
