"""Orders of a shop of Shopify."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from crmlib.addresses import normalize_phone
from crmlib.exceptions import InvalidAddressError, InvalidParameterError
from crmlib.sources._line_ids import name_lines
from crmlib.sources._order_source import OrderSource
from crmlib.sources._split_money import smallest_units, split_money
from crmlib.sources._texts import pick_money, pick_texts
from crmlib.tables import SetAsideReason

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

_FIRST_LINE_ONLY = ("Financial Status", "Currency", "Subtotal", "Total")
"""What no export repeats on the further lines of an order; some repeat e-mail, date and id."""

_EXPIRED = "expired"
"""The Financial Status of an order for which no money came in time."""

_BIG_TO_SMALL = ("KR", "JP", "CN", "TW")
"""Countries in which an address begins with the city."""


class ShopifySource(OrderSource):
    """Line items of a shop of Shopify (``orders_export.csv``).

    What is of the order stands on its first line only and is carried down.
    The amount of a line is quantity times price, less its share of the
    discounts, so that the lines of an order add up to its Subtotal.  Taxes
    that the shop adds on top are in no amount; where prices include them, as
    in Europe and Korea, amounts do.  What was refunded is shared among the
    lines, as the file does not say which came back.
    """

    name = "shopify"
    kinds: ClassVar[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType(
        {
            "orders": (
                ("Name",),
                ("Created at", "Paid at"),
                ("Lineitem quantity",),
                ("Lineitem name",),
                ("Lineitem price",),
            )
        }
    )
    sales_channel = "shopify"

    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Give each line what it cost and the cells of its order."""
        table = tables["orders"].sort_index()
        order_ids, groups, blocks = _find_orders(table)
        orders = _carry_down(table, groups)
        product_ids = pick_texts(table, "Lineitem sku")
        names = pick_texts(table, "Lineitem name")
        line_ids = name_lines(product_ids.fillna(names), [groups, blocks])
        lines = pd.DataFrame({"order": groups, "line": line_ids.to_numpy()}, index=table.index)
        lines["first"] = ~lines.duplicated()
        amounts, refunded = _count_money(table, lines, orders["Currency"])
        cancelled_at = orders["Cancelled at"]
        expired = orders["Financial Status"].str.casefold() == _EXPIRED
        aside = cancelled_at.notna() | expired
        return pd.DataFrame(
            {
                "order_id": order_ids,
                "ordered_at": orders["Created at"].fillna(orders["Paid at"]),
                "amount": amounts,
                "line_id": line_ids,
                "product_id": product_ids,
                "product_name": names,
                "quantity": pick_texts(table, "Lineitem quantity"),
                "unit_price": pick_texts(table, "Lineitem price"),
                "currency": orders["Currency"],
                "status": orders["Financial Status"],
                "aside": pd.Series(
                    str(SetAsideReason.CANCELLED_ORDER), index=table.index, dtype="str"
                ).where(aside),
                "aside_detail": ("Cancelled at " + cancelled_at).fillna(
                    "Financial Status 'expired'"
                ),
                "refunded": refunded,
                "shipping_fee": _once_per_order(pick_texts(table, "Shipping"), groups),
                **_find_contacts(orders),
            },
            index=table.index,
        )


def _find_orders(
    table: pd.DataFrame,
) -> tuple[pd.Series[str], npt.NDArray[np.intp], pd.Series[Any]]:
    """Give the order of each line: its id, its number from 0, and its piece of the file.

    An order whose first line comes twice, where exports were pasted together,
    is one order in two pieces.  Orders of two shops may share a name; then the
    number that Shopify gives them tells them apart.
    """
    names = pick_texts(table, "Name")
    cells = pd.DataFrame({header: pick_texts(table, header) for header in _FIRST_LINE_ONLY})
    heads = cells.notna().any(axis=1)
    blocks = heads.groupby(names, dropna=False).cumsum().clip(lower=1)
    numbers = pick_texts(table, "Id").groupby([names, blocks], dropna=False).transform("first")
    several = numbers.groupby(names).transform("nunique") > 1
    order_ids = names.mask(several, names + " " + numbers)
    groups = np.asarray(pd.factorize(order_ids)[0])
    nameless = groups < 0
    groups[nameless] = groups.max(initial=-1) + 1 + np.arange(nameless.sum())
    return order_ids, groups, blocks


def _carry_down(table: pd.DataFrame, groups: npt.NDArray[np.intp]) -> pd.DataFrame:
    """Give each line the cells of its order."""
    parts = ("Name", "Street", "Address1", "Address2", "City", "Zip", "Country")
    headers = [
        *("Email", "Phone", "Created at", "Paid at", "Cancelled at"),
        *("Financial Status", "Currency"),
        *(f"{kind} {part}" for kind in ("Billing", "Shipping") for part in (*parts, "Phone")),
    ]
    cells = pd.DataFrame({header: pick_texts(table, header) for header in headers})
    return cells.groupby(groups).transform("first")


def _once_per_order(cells: pd.Series[str], groups: npt.NDArray[np.intp]) -> pd.Series[str]:
    """Give the cell of each order on its first line, and nothing on the others."""
    again = pd.Series(groups, index=cells.index).duplicated()
    return cells.groupby(groups).transform("first").mask(again)


def _count_money(
    table: pd.DataFrame, lines: pd.DataFrame, currencies: pd.Series[str]
) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Give what each line cost after discounts, and its share of what was refunded.

    Where either cannot be known, the text that says so in the report.
    """
    quantities = pick_money(table, "Lineitem quantity")
    prices = pick_money(table, "Lineitem price")
    with np.errstate(over="ignore", invalid="ignore"):
        gross = np.round(quantities * prices, 4)
    groups, units = lines["order"].to_numpy(), smallest_units(currencies)
    goods = np.where(lines["first"] & (gross > 0), gross, 0.0)
    own = np.nan_to_num(pick_money(table, "Lineitem discount")).clip(0, goods)
    discounts, doubtful = _find_discounts(table, groups, goods, own)
    own = np.where(_total(own, groups) <= discounts, own, 0.0)
    paid = np.round(goods - own, 4)
    rest = np.round(discounts - _total(own, groups), 4)
    paid = np.round(paid - split_money(rest, paid, groups, units), 4)
    refunds, no_refund = _of_order(table, "Refunded Amount", groups)
    refunded = split_money(np.abs(np.nan_to_num(refunds)), paid, groups, units)
    amounts = np.round(gross - _like_the_first(goods - paid, lines), 4)
    quoted = _quote(table, "Lineitem quantity") + " x " + _quote(table, "Lineitem price")
    quoted = quoted.where(no_number := np.isnan(amounts), "less " + doubtful)
    return (
        pd.Series(amounts, table.index, dtype=object).mask(no_number | doubtful.notna(), quoted),
        pd.Series(_like_the_first(refunded, lines), table.index, dtype=object).mask(
            no_refund.notna(), no_refund
        ),
    )


def _like_the_first(
    money: npt.NDArray[np.float64], lines: pd.DataFrame
) -> npt.NDArray[np.float64]:
    """Give repetitions of a line, which are set aside later, what the line has."""
    known = pd.Series(money, index=lines.index).where(lines["first"])
    return np.asarray(known.groupby([lines["order"], lines["line"]]).transform("first"))


def _quote(table: pd.DataFrame, header: str) -> pd.Series[str]:
    """Give the cells under *header* as they can stand in a report."""
    return pick_texts(table, header).fillna("nothing")


def _find_discounts(
    table: pd.DataFrame,
    groups: npt.NDArray[np.intp],
    goods: npt.NDArray[np.float64],
    own: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], pd.Series[str]]:
    """Give what was taken off each order, again on each of its lines, or why nobody knows.

    The Subtotal tells: it has no discount of the shipping in it, as Discount
    Amount may have.  Where lines of the order are missing, so that it is more
    than they cost, they get their part of Discount Amount.
    """
    goods = _total(goods, groups)
    subtotals, _ = _of_order(table, "Subtotal", groups)
    amounts, doubtful = _of_order(table, "Discount Amount", groups)
    amounts = np.where(np.isnan(amounts), _total(own, groups), np.abs(amounts))
    whole = np.maximum(np.nan_to_num(subtotals) + amounts, goods)
    parts = amounts * np.divide(goods, whole, out=np.zeros(len(goods)), where=whole > 0)
    discounts = np.where(subtotals <= goods, goods - subtotals, parts)
    discounts = np.where(np.isnan(subtotals), amounts, discounts)
    return np.round(np.clip(discounts, 0, goods), 2), doubtful.where(np.isnan(subtotals))


def _of_order(
    table: pd.DataFrame, header: str, groups: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.float64], pd.Series[str]]:
    """Give the number under *header* of each line's order, and the cell where it is none."""
    texts = pick_texts(table, header).groupby(groups).transform("first")
    numbers = pick_money(pd.DataFrame({header: texts}), header)
    return numbers, texts.where(np.isnan(numbers))


def _total(
    money: npt.NDArray[np.float64], groups: npt.NDArray[np.intp]
) -> npt.NDArray[np.float64]:
    """Add *money* per order, again on each of its lines."""
    return np.asarray(np.round(np.bincount(groups, money)[groups], 4))


def _find_contacts(orders: pd.DataFrame) -> dict[str, pd.Series[str]]:
    """Give who ordered: the billing address, or that of the delivery where there is none."""
    billed = orders["Billing Name"].notna()
    part = {
        name: orders[f"Billing {name}"].where(billed, orders[f"Shipping {name}"])
        for name in ("Name", "Street", "Address1", "Address2", "City", "Zip", "Country")
    }
    phones = orders["Phone"].fillna(orders["Billing Phone"]).fillna(orders["Shipping Phone"])
    both = part["Address1"].str.cat(part["Address2"], sep=", ")
    street = part["Street"].fillna(both).fillna(part["Address1"])
    reverse = part["Country"].isin(_BIG_TO_SMALL)
    return {
        "name": part["Name"],
        "email": orders["Email"],
        "phone": _read_phones(_unquote(phones), part["Country"]),
        "postal_code": _unquote(part["Zip"]),
        "address": _join(street, part["City"], ", ").mask(
            reverse, _join(part["City"], street, " ")
        ),
    }


def _join(one: pd.Series[str], other: pd.Series[str], sign: str) -> pd.Series[str]:
    """Put two texts together; where one is missing the other stands alone."""
    return (one + sign + other).fillna(one).fillna(other)


def _unquote(cells: pd.Series[str]) -> pd.Series[str]:
    """Take off the apostrophe that keeps spreadsheets from making a number of a text."""
    return cells.str.lstrip("'")


def _read_phones(numbers: pd.Series[str], countries: pd.Series[str]) -> pd.Series[str]:
    """Give national phone numbers in E.164 where the country of the address makes them one."""
    pairs = pd.DataFrame({"number": numbers, "country": countries.str.upper()})
    pairs = pairs[numbers.notna() & ~numbers.str.startswith("+", na=False)]
    known = pairs.drop_duplicates()
    read = [
        _read_phone(number, country if isinstance(country, str) else None)
        for number, country in zip(known["number"], known["country"], strict=True)
    ]
    national = pairs.merge(known.assign(read=pd.array(read, dtype="str")), how="left")["read"]
    return national.set_axis(pairs.index).reindex(numbers.index).fillna(numbers)


def _read_phone(number: str, country: str | None) -> str:
    """Give one number in E.164, or as it was written."""
    try:
        return normalize_phone(number, country)
    except (InvalidAddressError, InvalidParameterError):
        return number
