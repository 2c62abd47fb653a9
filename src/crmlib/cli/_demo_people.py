"""Registrations of the warranty demo and accounts of the own mall, as people to write to."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import attrs
import pandas as pd

from crmlib import policies
from crmlib.campaigns import Campaign, consents_of_people, events_of_people
from crmlib.cli._demo_sales import MARKETPLACE, OWN_MALL, SHOP
from crmlib.identity import Identities, link_identities
from crmlib.messages import Sender
from crmlib.planners import Template, TemplatePlanner
from crmlib.segmenters import Rule, RuleSegmenter
from crmlib.timing import TriggerTiming

if TYPE_CHECKING:
    from crmlib.cli._demo_sales import DemoSales
    from crmlib.opt_out_links import OptOutKeys
    from crmlib.warranty import WarrantyRegistry

NEW_PEOPLE: Final = "bought in the shop, never online"
THREE_DAYS: Final = timedelta(days=3)
_REGISTERED: Final = "warranty_registered"
_ONLINE: Final = (OWN_MALL, MARKETPLACE)
_ENGLISH: Final = Template(
    subject="How to care for your new piece, {name|there}",
    body=(
        "Hello {name|there},\n\nthank you for registering. Here is how to care for it, "
        "and 10% off in our own mall: https://shop.example/care\n"
    ),
)
_KOREAN: Final = Template(
    subject="{name|고객}님, 새 옷 오래 입는 법",
    body=(
        "{name|고객}님, 보증을 등록해 주셔서 고맙습니다.\n\n관리 방법과 온라인몰 10% 할인을 "
        "준비했습니다: https://shop.example/care\n"
    ),
)


@attrs.frozen(kw_only=True, eq=False)
class DemoPeople:
    """People, and what is known of them.

    Parameters
    ----------
    identities : Identities
        Which accounts are whose.
    customers : DataFrame of shape (n_people, 3), indexed by customer_id
        ``shop_pieces`` and ``online_orders`` that are known of them, and
        ``last_purchase_at``.
    profiles, events, consents : DataFrame
        Canonical, told of people.
    """

    identities: Identities
    customers: pd.DataFrame
    profiles: pd.DataFrame
    events: pd.DataFrame
    consents: pd.DataFrame


def gather_people(sales: DemoSales, registry: WarrantyRegistry) -> DemoPeople:
    """Find who is who among owners of warranties and customers of the own mall."""
    accounts = pd.concat([registry.contacts(), sales.accounts], ignore_index=True)
    identities = link_identities(accounts)
    registered = registry.events()
    # the account of an owner is of the channel "warranty", wherever the piece was sold
    sold = registered.rename(columns={"sales_channel": "sold_at"}).assign(sales_channel="warranty")
    events = events_of_people(sold, identities)
    table = sales.orders.table
    mall = table.loc[
        table["sales_channel"] == OWN_MALL,
        ["customer_id", "sales_channel", "order_id", "ordered_at"],
    ]
    orders = events_of_people(mall[mall["customer_id"].notna()], identities, name="orders")
    consents = pd.concat(
        [
            registry.consents().assign(sales_channel="warranty"),
            sales.consents.assign(sales_channel=OWN_MALL),
        ],
        ignore_index=True,
    )
    customers = pd.DataFrame(
        index=pd.Index(identities.profiles["customer_id"].unique(), name="customer_id")
    )
    sold_online = events[events["sold_at"].isin(_ONLINE)]
    counts = {
        "shop_pieces": events[events["sold_at"] == SHOP].groupby("customer_id").size(),
        "online_orders": pd.concat([orders, sold_online])
        .groupby("customer_id")["order_id"]
        .nunique(),
    }
    for name, count in counts.items():
        customers[name] = count.reindex(customers.index, fill_value=0)
    last = pd.concat(
        [
            orders[["customer_id", "ordered_at"]],
            events[["customer_id", "at"]].set_axis(["customer_id", "ordered_at"], axis=1),
        ]
    )
    customers["last_purchase_at"] = last.groupby("customer_id")["ordered_at"].max()
    return DemoPeople(
        identities=identities,
        customers=customers[customers["last_purchase_at"].notna()],
        profiles=identities.profiles.assign(
            locale=identities.profiles["customer_id"].map(_find_locales(registry, identities))
        ),
        events=events,
        consents=consents_of_people(consents, identities),
    )


def _find_locales(registry: WarrantyRegistry, identities: Identities) -> pd.Series[str]:
    """Give the language in which people registered."""
    owners = registry.profiles().assign(sales_channel="warranty")
    told = events_of_people(owners, identities, name="profiles")
    return told.drop_duplicates("customer_id", keep="last").set_index("customer_id")["locale"]


def make_campaign(name: str, people: DemoPeople, address: str, keys: OptOutKeys) -> Campaign:
    """Compose the campaign that answers a registration three days later."""
    rule = Rule(NEW_PEOPLE, [("shop_pieces", ">=", 1), ("online_orders", "==", 0)])
    return Campaign(
        name=name,
        segmenter=RuleSegmenter([rule]).fit(people.customers),
        audience=[NEW_PEOPLE],
        planner=TemplatePlanner({"default": _ENGLISH, ("default", "ko"): _KOREAN}),
        timing=TriggerTiming(_REGISTERED, THREE_DAYS, THREE_DAYS).fit(people.events),
        channels=["smtp"],
        policy=policies.load("KR"),
        holdout=0.0,
        sender=Sender(
            name="Hanbok & Co",
            email="hello@example.com",
            postal_address="12 Example-ro, Jongno-gu, Seoul",
            phone="02-000-0000",
            opt_out_url=f"{address}/o/{{opt_out_token}}",
        ),
        opt_out_keys=keys,
        timezone="Asia/Seoul",
    )
