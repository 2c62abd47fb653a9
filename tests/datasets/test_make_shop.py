"""The synthetic shop: a pure function, dirty as real files are, with a truth to find."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from crmlib.datasets import COMPLEMENTS, PRODUCTS, Shop, make_shop
from crmlib.exceptions import InvalidParameterError
from crmlib.tables import make_transactions

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.tables import Orders

TABLES = ("orders", "profiles", "consents", "engagements", "truth")


def test_same_arguments_make_the_same_shop() -> None:
    """The shop is a pure function of its arguments."""
    one, two = make_shop(60, seed=5), make_shop(60, seed=5)

    for name in TABLES:
        assert_frame_equal(getattr(one, name), getattr(two, name))


@pytest.mark.parametrize("name", TABLES)
def test_another_seed_makes_another_shop(name: str) -> None:
    """Every table depends on the seed."""
    one, two = getattr(make_shop(60, seed=5), name), getattr(make_shop(60, seed=6), name)

    assert not one.equals(two)


@pytest.mark.parametrize("n_customers", [1, 2, 30])
def test_tiny_shops(n_customers: int) -> None:
    """A shop of very few customers is whole as well."""
    shop = make_shop(n_customers, seed=n_customers)

    orders = make_transactions(shop.orders, timezone=shop.timezone)

    assert len(shop.profiles) == len(shop.truth) == n_customers
    assert orders.rows_in == len(shop.orders)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [({"n_customers": 0}, "n_customers"), ({"effect": -0.1}, "effect"), ({"effect": 3}, "effect")],
)
def test_arguments_that_cannot_be(arguments: dict[str, float], name: str) -> None:
    """Numbers out of range are refused by name."""
    with pytest.raises(InvalidParameterError) as caught:
        make_shop(**arguments)

    assert caught.value.name == name


def test_raw_cells_are_text(shop: Shop) -> None:
    """As in an export, every cell of every order file is text."""
    for table in shop.order_files.values():
        assert (table.dtypes == "str").all()
        assert not table.isna().any(axis=None)


def test_faults_come_back_as_set_aside_reasons(shop: Shop, orders: Orders) -> None:
    """One line in a thousand has each kind of fault, four in a thousand come twice."""
    sizes = [round(len(table) / 1.004) for table in shop.order_files.values()]
    each = sum(round(0.001 * size) for size in sizes)
    twice = sum(round(0.004 * size) for size in sizes)

    found = orders.set_aside["reason"].value_counts()

    for reason in (
        "missing order id",
        "unreadable date",
        "unreadable amount",
        "non-finite amount",
        "other currency",
    ):
        assert found[reason] == each
    assert found["duplicate line"] == twice
    assert orders.rows_in == len(shop.orders) == len(orders.table) + len(orders.set_aside)


def test_what_else_is_set_aside(shop: Shop, orders: Orders) -> None:
    """Delivery fees, walk-ins, cancelled orders and the marketplace's returns are not sales."""
    found = orders.set_aside["reason"].value_counts()
    raw = shop.orders

    assert found["non-product line"] == (raw["product_id"] == "SHIPPING").sum()
    assert found["returned line"] == (raw["status"] == "반품완료").sum()
    assert (
        found["cancelled order"] == raw["status"].isin(["cancelled", "취소완료", "voided"]).sum()
    )
    walk_ins = (raw["customer_id"] == "") & raw["status"].isin(["paid", "refunded"])
    assert found["unknown customer"] == walk_ins.sum()


def test_returns_net_off(orders: Orders) -> None:
    """A return takes back the money of its line, never before the sale."""
    table = orders.table.set_index("line_id")
    back = table[table.index.str.endswith("-R")]
    back = back[back.index.str.removesuffix("-R").isin(table.index)]  # some sales are spoilt
    sold = table.loc[back.index.str.removesuffix("-R")]

    assert len(back) > 100
    assert (back["amount"].to_numpy() == -sold["amount"].to_numpy()).all()
    assert (back["ordered_at"].to_numpy() >= sold["ordered_at"].to_numpy()).all()


def test_nothing_after_the_last_day(shop: Shop, orders: Orders) -> None:
    """All orders lie in the eighteen months up to the last day of the shop's zone."""
    days = orders.table["ordered_at"].dt.tz_convert(shop.timezone)

    assert days.max() < pd.Timestamp("2026-07-01", tz=shop.timezone)
    assert days.min() > pd.Timestamp("2025-01-01", tz=shop.timezone)


def test_behaviour_shows_in_the_orders(shop: Shop, orders: Orders) -> None:
    """Loyal customers order often, lapsing ones stopped two to five months ago, and so on."""
    by_customer = orders.table.groupby("customer_id")
    end = pd.Timestamp("2026-07-01", tz=shop.timezone)
    facts = pd.DataFrame(
        {
            "orders": by_customer["order_id"].nunique(),
            "days": (end - by_customer["ordered_at"].max()).dt.days,
            "behaviour": shop.truth["behaviour"],
        }
    )

    typical = facts.groupby("behaviour").median()

    assert typical.loc["loyal", "orders"] > 12
    assert typical.loc["loyal", "days"] < 25
    assert typical.loc["one-time", "orders"] == 1
    assert 60 < typical.loc["lapsing", "days"] < 150
    assert typical.loc["lapsing", "orders"] > 6
    assert typical.loc["dormant", "days"] > 200


def test_favourite_hours_show_in_the_orders(shop: Shop, orders: Orders) -> None:
    """Two thirds of the orders at least lie within an hour and a half of the favourite hour."""
    korean = shop.profiles.set_index("customer_id")["timezone"] == "Asia/Seoul"
    table = orders.table[orders.table["customer_id"].map(korean)].drop_duplicates("order_id")
    hours = table["ordered_at"].dt.tz_convert("Asia/Seoul").dt.hour
    away = (hours - table["customer_id"].map(shop.truth["favourite_hour"]) + 12) % 24 - 12

    assert (away.abs() <= 1).mean() > 0.66


def test_complements_follow(orders: Orders) -> None:
    """After an order led by tops, bottoms lead the next one far more often than otherwise."""
    sales = orders.table[orders.table["amount"] > 0].drop_duplicates("order_id")
    sales = sales.sort_values(["customer_id", "ordered_at"], kind="stable")
    before = sales.groupby("customer_id")["category"].shift()
    wanted = sales["category"] == before.map(dict(COMPLEMENTS))
    bottoms = sales["category"] == "bottoms"

    assert bottoms[before == "tops"].mean() > 1.4 * bottoms[before != "tops"].mean()
    assert wanted[before.notna()].mean() > 0.35  # 0.17 if nothing followed


def test_students_who_buy_tops_exist(shop: Shop, orders: Orders) -> None:
    """There are female students in their twenties whose favourite is tops, and they buy them."""
    people = shop.profiles.set_index("customer_id")
    born = pd.to_datetime(people["birth_date"])
    who = (
        (people["gender"] == "female")
        & (people["occupation"] == "student")
        & born.between("1996-07-01", "2006-06-30")
        & (shop.truth["favourite_category"] == "tops")
    )
    theirs = orders.table["customer_id"].isin(who.index[who])
    tops = orders.table["category"] == "tops"

    assert who.sum() > 40
    assert tops[theirs].mean() > 1.7 * tops[~theirs].mean()


def test_engagements_know_machines_from_people(shop: Shop) -> None:
    """Machines open within half a minute, people from the next morning on."""
    events = shop.engagements
    sent = events[events["event"] == "sent"].set_index("message_key")["at"]
    opened = events[events["event"] == "opened"]
    after = opened["at"] - opened["message_key"].map(sent)

    assert set(events["event"]) == {"sent", "delivered", "bounced", "opened", "clicked"}
    assert (after[opened["is_machine"]] < pd.Timedelta(seconds=30)).all()
    assert (after[~opened["is_machine"]] > pd.Timedelta(hours=5)).all()


def test_catalogue() -> None:
    """Every category has a complement that is sold, and ids are unique."""
    categories = set(PRODUCTS["category"])

    assert set(COMPLEMENTS) == set(COMPLEMENTS.values()) == categories
    assert PRODUCTS["product_id"].is_unique


def test_save(shop: Shop, tmp_path: Path) -> None:
    """The files hold what the tables hold."""
    paths = shop.save(tmp_path / "new" / "folder")

    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == [
        "consents.csv",
        "engagements.csv",
        "orders-marketplace.csv",
        "orders-own-mall.csv",
        "orders-shop.csv",
        "profiles.csv",
        "truth.csv",
    ]
    again = pd.read_csv(paths["orders-marketplace"], dtype="str", keep_default_na=False)
    assert_frame_equal(again, shop.order_files["marketplace"])
    consents = pd.read_csv(paths["consents"], parse_dates=["at"])
    assert (consents["at"] == shop.consents["at"]).all()
