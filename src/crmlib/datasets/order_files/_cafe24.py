"""Cafe24: a CSV of the columns that the seller chose, a row per item of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.datasets.order_files._order_file import make_truth
from crmlib.datasets.order_files._sales import (
    count_orders,
    delivery_fees,
    refunds,
    take_coupons_off,
)
from crmlib.datasets.order_files._spelling import as_typed, write_won
from crmlib.datasets.order_files._text_file import write_text

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.datasets.order_files._request import Request

HEADER = (
    "주문번호",
    "품목별 주문번호",
    "주문일시",
    "결제일시(입금확인일)",
    "주문 상태",
    "상품코드",
    "상품옵션",
    "수량",
    "판매가",
    "총 실결제금액(최초정보)",
    "쿠폰 할인금액",
    "실제 환불금액",
    "결제자",
    "주문자 휴대전화",
)

NO_PHONE, WITHOUT_PHONE = "--", 0.05

STATES = {
    "N00": 0.01,
    "N10": 0.03,
    "N20": 0.03,
    "N30": 0.08,
    "N40": 0.30,
    "N50": 0.53,
    "E40": 0.02,
}
"""What a line that was sold says, and how often: not paid yet, on its way, delivered,
confirmed; an exchange, whose money stays."""


def write_cafe24(
    rng: np.random.Generator, sales: pd.DataFrame, request: Request
) -> tuple[tuple[Path, ...], pd.DataFrame]:
    """Write the orders of a shop of Cafe24.

    What was paid first (goods less coupon, and the delivery) and the coupon
    are of the order and come again on each of its lines; the refund is of the
    line.
    """
    n, size = count_orders(sales), len(sales)
    order = sales["order"].to_numpy()
    buyers = sales[sales["first"]]
    amounts = take_coupons_off(sales)
    fees = delivery_fees(sales, amounts)
    refunded = refunds(sales, amounts, 100)
    by_order = amounts.groupby(sales["order"]).transform("sum")
    coupons = (sales["amount"] - amounts).groupby(sales["order"]).transform("sum")
    day = buyers["local"].dt.strftime("%Y%m%d").reset_index(drop=True)
    number = 17 + 13 * day.groupby(day).cumcount()
    order_ids = pd.Series((day + "-" + number.astype(str).str.zfill(7)).to_numpy()[order])
    line_ids = order_ids + "-" + sales["line"].astype(str).str.zfill(2)
    sold = rng.choice(np.array(list(STATES), dtype=object), size, p=list(STATES.values()))
    claims = {"cancelled": "C40", "returned": "R40"}
    states = sales["status"].map(claims).fillna(pd.Series(sold))
    paid = sales["local"] + pd.to_timedelta(rng.integers(0, 7200, n)[order], unit="s")
    unknown = rng.random(n) < WITHOUT_PHONE
    phones = np.where(unknown, NO_PHONE, as_typed(rng, buyers["phone"]))
    codes = sales["product_number"].map("P0000{:03}A".format)
    pay_back = refunded.where(sales["status"] != "cancelled", amounts)
    table = pd.DataFrame(
        {
            "주문번호": order_ids,
            "품목별 주문번호": line_ids,
            "주문일시": sales["local"].dt.strftime("%Y-%m-%d %H:%M:%S"),
            "결제일시(입금확인일)": paid.dt.strftime("%Y-%m-%d %H:%M:%S").where(
                states != "N00", ""
            ),
            "주문 상태": states,
            "상품코드": codes,
            "상품옵션": "색상=" + sales["colour"] + ", 사이즈=" + sales["size"],
            "수량": sales["quantity"],
            "판매가": write_won(rng, sales["unit_price"]),
            "총 실결제금액(최초정보)": write_won(rng, by_order + fees),
            "쿠폰 할인금액": write_won(rng, coupons),
            "실제 환불금액": write_won(rng, pay_back),
            "결제자": sales["name"],
            "주문자 휴대전화": phones[order],
        }
    )[list(HEADER)]
    path = request.folder / f"exampleshop_{request.day}_1.csv"
    write_text(path, table, encoding=request.encoding)
    truth = make_truth(
        sales,
        order_id=order_ids,
        line_id=line_ids,
        product_id=codes,
        product_name=None,
        amount=amounts,
        refunded=refunded,
        shipping_fee=fees.where(sales["first"], 0.0),
        sales_channel="cafe24",
    )
    return (path,), truth
