"""What each line of an order of Cafe24 cost, from totals that are the order's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd

from crmlib.sources._clean_cells import pick_filled, read_ids, read_money
from crmlib.sources._largest_remainder import share_out
from crmlib.tables import SetAsideReason

if TYPE_CHECKING:
    import numpy.typing as npt

HIGHEST_FEE = 10_000.0
"""In won; more than that above the prices was not paid for the delivery."""

_HEADERS = {
    "price": ("옵션+판매가", "판매가"),
    "pieces": ("수량",),
    "product": ("상품구매금액", "상품구매금액(KRW)"),
    "paid": ("총 실결제금액(최초정보)", "총 실결제금액(최초정보) (KRW)", "총 실결제금액"),
    "coupon": ("쿠폰 할인금액", "쿠폰 할인금액(최종)", "주문서 쿠폰 할인금액"),
    "fee": ("총 배송비", "총 배송비(KRW)"),
    "refund": ("실제 환불금액", "총 실제 환불금액"),
}
_OF_THE_ORDER = {"paid": "총 실결제금액", "coupon": "쿠폰 할인금액", "fee": "총 배송비"}


@attrs.frozen(kw_only=True, eq=False)
class _Lines:
    """Which rows are lines of which order.

    Parameters
    ----------
    orders : ndarray of int, shape (n_rows,)
        From 0 to ``n_orders - 1``; a row without an order id is an order.
    counted : ndarray of bool, shape (n_rows,)
        False where the line came before.
    """

    orders: npt.NDArray[np.intp]
    counted: npt.NDArray[np.bool_]

    @property
    def n_orders(self) -> int:
        return int(self.orders.max(initial=-1)) + 1

    def add(self, values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Add the *values* of each order, those of repeated lines once."""
        weights = np.where(self.counted, np.nan_to_num(values), 0.0)
        return np.bincount(self.orders, weights, self.n_orders).astype(np.float64)

    def once(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Give the first of the *values* that an order repeats on its lines; NaN without one."""
        first = pd.Series(values).groupby(self.orders).first()
        return np.asarray(first.reindex(range(self.n_orders)))

    def share(
        self, totals: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Share the total of each order out to its lines."""
        weights = np.where(self.counted, np.nan_to_num(weights), 0.0)
        return share_out(np.nan_to_num(totals), weights, self.orders)

    def vote(self, values: npt.NDArray[np.float64], own: npt.NDArray[np.float64]) -> int:
        """Count orders whose lines agree in their *values*, less those whose lines do not.

        Above 0 the values are of the order and come again on each line, below
        they are of the lines.  Orders of one line, and those of which each
        line has its *own* amount as value, are no evidence.
        """
        lines = pd.DataFrame({"value": np.nan_to_num(values), "own": own})[self.counted]
        lines["is_own"] = lines["value"] == lines.pop("own")
        votes = lines.groupby(self.orders[self.counted]).agg(
            n=("value", "size"),
            least=("value", "min"),
            most=("value", "max"),
            is_own=("is_own", "all"),
        )
        votes = votes[(votes["n"] > 1) & (votes["most"] > 0) & ~votes["is_own"]]
        agree = votes["least"] == votes["most"]
        return int(agree.sum()) - int((~agree).sum())


def has_prices(table: pd.DataFrame) -> bool:
    """Tell whether *table* says what its lines cost before discounts."""
    there = set(pick_filled(table, _HEADERS))
    return {"price", "pieces"} <= there or "product" in there


def read_order_money(
    table: pd.DataFrame, ids: pd.DataFrame, claimed: pd.Series[bool]
) -> pd.DataFrame:
    """Give ``amount``, ``refunded`` and ``shipping_fee`` of each line.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_headers)
    ids : DataFrame of shape (n_rows, n_columns)
        ``order_id`` and ``line_id``.
    claimed : Series of bool, shape (n_rows,)
        Which lines are cancelled or returned.

    Returns
    -------
    DataFrame of shape (n_rows, 5)
        Also ``aside`` and ``aside_detail``, where a total is no money.
    """
    cells = pick_filled(table, _HEADERS).reindex(columns=list(_HEADERS)).astype(object)
    lines = _find_lines(ids)
    money = {name: read_money(cells[name])[0] for name in _HEADERS}
    prices = money["price"] * money["pieces"]
    prices = np.where(np.isnan(prices), money["product"], prices)
    amounts, fees, alone = _share_payments(lines, prices, money)
    written = pd.Series(index=table.index, dtype=object)
    for name in ("price", "pieces", "product"):
        written = written.mask(read_money(cells[name])[1], cells[name])
    refunds = _read_refunds(lines, cells["refund"], amounts, claimed.to_numpy())
    first = ~pd.Series(lines.orders).duplicated().to_numpy()
    answer = pd.DataFrame(
        {
            "amount": pd.Series(amounts, table.index, dtype=object).where(
                ~np.isnan(amounts), written
            ),
            "refunded": refunds,
            "shipping_fee": np.where(first, fees[lines.orders], 0.0),
            "aside": None,
            "aside_detail": None,
        },
        index=table.index,
        dtype=object,
    )
    details = answer["aside_detail"].mask(
        alone, "another line of the order has no price, so nobody knows this one's share of it"
    )
    for name, header in _OF_THE_ORDER.items():
        said = f"{header} '" + cells[name].astype("str") + "' is no number"
        details = details.mask(read_money(cells[name])[1], said)
    answer["aside_detail"] = details
    answer["aside"] = answer["aside"].mask(details.notna(), str(SetAsideReason.UNREADABLE_AMOUNT))
    return answer


def _find_lines(ids: pd.DataFrame) -> _Lines:
    """Tell the orders apart, and lines from their repetitions."""
    orders, _ = pd.factorize(read_ids(ids["order_id"]))
    nameless = orders < 0
    orders[nameless] = orders.max(initial=-1) + 1 + np.arange(nameless.sum())
    line_ids = read_ids(ids["line_id"])
    again = pd.DataFrame({"order": orders, "line": line_ids.to_numpy()}).duplicated().to_numpy()
    return _Lines(orders=orders, counted=~again | line_ids.isna().to_numpy())


def _share_payments(
    lines: _Lines,
    prices: npt.NDArray[np.float64],
    money: dict[str, npt.NDArray[np.float64]],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Share out what was paid for the goods of each order.

    Returns
    -------
    amounts : ndarray of float, shape (n_rows,)
        NaN where there is no price.
    fees : ndarray of float, shape (n_orders,)
        What the delivery cost.
    alone : ndarray of bool, shape (n_rows,)
        Lines with a price, beside one without, so that nothing can be shared.
    """
    of_the_order = lines.vote(money["coupon"], prices) >= 0
    own_coupons = 0.0 if of_the_order else np.nan_to_num(money["coupon"])
    weights = np.maximum(prices - own_coupons, 0.0)
    coupons = np.nan_to_num(lines.once(money["coupon"])) * of_the_order
    goods = lines.add(weights)
    paid, fees = lines.once(money["paid"]), lines.once(money["fee"])
    above = paid - np.maximum(goods - coupons, 0.0)
    without, negative = lines.add(np.isnan(prices)) > 0, lines.add(prices < 0) > 0
    delivery = (above > 0) & (above <= HIGHEST_FEE) & ~without & ~negative
    fees = np.where(np.isnan(fees), np.where(delivery, above, 0.0), fees)
    part = above - fees > HIGHEST_FEE  # lines of the order are not in the file
    with np.errstate(invalid="ignore", divide="ignore"):
        totals = np.where(part, np.rint(goods * paid / (paid + coupons)), paid - fees)
    totals = np.maximum(np.where(np.isnan(paid), goods - coupons, totals), 0.0)
    shares = lines.share(totals, np.where((goods > 0)[lines.orders], weights, 1.0))
    as_priced = (without | negative)[lines.orders] | ~lines.counted
    amounts = np.where(as_priced, prices, shares)
    shared = ~np.isnan(paid) | (coupons > 0)
    return amounts, fees, (without & shared)[lines.orders] & ~np.isnan(prices)


def _read_refunds(
    lines: _Lines,
    cells: pd.Series[Any],
    amounts: npt.NDArray[np.float64],
    claimed: npt.NDArray[np.bool_],
) -> pd.Series[Any]:
    """Give what was paid back for each line; what is no money stays, so that it is told."""
    refunds, garbled = read_money(cells)
    if lines.vote(refunds, amounts) > 0:
        left = np.nan_to_num(lines.once(refunds))
        refunds = np.zeros(len(amounts))
        for rows in (claimed, ~claimed):
            weights = np.maximum(np.where(rows, np.nan_to_num(amounts), 0.0), 0.0)
            taken = np.minimum(left, lines.add(weights))
            refunds += lines.share(taken, weights)
            left = left - taken
    return pd.Series(refunds, cells.index, dtype=object).where(~garbled, cells)
