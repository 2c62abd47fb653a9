"""Coupang: a workbook of deliveries; the phone numbers belong to the order, not to the buyer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.datasets.order_files._order_file import make_truth
from crmlib.datasets.order_files._sales import count_orders, scramble
from crmlib.datasets.order_files._spelling import (
    draw_virtual_numbers,
    mask_name,
    spoil,
    write_addresses,
    write_won,
)
from crmlib.datasets.order_files._workbook import write_workbook

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.datasets.order_files._request import Request

SHEET = "Delivery"

HEADER = (
    "묶음배송번호",
    "주문번호",
    "주문일",
    "등록상품명",
    "등록옵션명",
    "노출상품ID",
    "옵션ID",
    "업체상품코드",
    "결제액",
    "구매수(수량)",
    "옵션판매가(판매단가)",
    "구매자",
    "구매자전화번호",
    "수취인이름",
    "수취인전화번호",
    "우편번호",
    "수취인 주소",
    "배송완료일",
    "구매확정일자",
)

GIFTS, MASKED, LOST_ZEROS, AS_TEXT = 0.05, 0.03, 0.3, 0.2
"""Shares: orders sent to somebody else; orders whose names are masked; postal codes that a
spreadsheet read as numbers; amounts that are text."""


def write_coupang(
    rng: np.random.Generator, sales: pd.DataFrame, request: Request
) -> tuple[tuple[Path, ...], pd.DataFrame]:
    """Write a delivery list of Coupang.

    Cancelled orders are not in such a list, and what came back later cannot
    be seen in it: all is sold.
    """
    n = count_orders(sales)
    order = sales["order"].to_numpy()
    buyers = sales[sales["first"]].reset_index(drop=True)
    gift = rng.random(n) < GIFTS
    recipients = buyers.iloc[np.where(gift, rng.permutation(n), np.arange(n))]
    masked = rng.random(n) < MASKED
    postal_codes = recipients["postal_code"].astype(object).reset_index(drop=True)
    as_numbers = postal_codes.astype("int64").astype(object)
    postal_codes = postal_codes.where(rng.random(n) >= LOST_ZEROS, as_numbers)
    delivered = sales["local"] + pd.to_timedelta(rng.integers(20, 60, n)[order], unit="h")
    confirmed = delivered + pd.Timedelta(days=7)
    late = confirmed > pd.Timestamp(request.end_date)
    option_ids = (84_000_000_000 + sales["product_number"] * 10).astype(str)
    order_ids = "3" + scramble(sales["order"], 13)
    money = sales["amount"].astype("int64")
    table = pd.DataFrame(
        {
            "묶음배송번호": scramble(sales["order"] + 77, 9).astype("int64"),
            "주문번호": order_ids,
            "주문일": sales["local"].dt.strftime("%Y-%m-%d %H:%M:%S"),
            "등록상품명": sales["product_name"],
            "등록옵션명": sales["colour"] + " " + sales["size"],
            "노출상품ID": (7_300_000_000 + sales["product_number"]).astype(str),
            "옵션ID": spoil(rng, option_ids, 0.1, "{}.0"),
            "업체상품코드": sales["product_id"].where(
                sales["product_number"] % 5 != 0,
                "",  # every fifth has none
            ),
            "결제액": money.astype(object).where(
                rng.random(len(sales)) >= AS_TEXT, write_won(rng, sales["amount"])
            ),
            "구매수(수량)": sales["quantity"],
            "옵션판매가(판매단가)": sales["unit_price"].astype("int64"),
            "구매자": _mask(buyers["name"], masked)[order],
            "구매자전화번호": _virtual_numbers(rng, n)[order],
            "수취인이름": _mask(recipients["name"], masked)[order],
            "수취인전화번호": _virtual_numbers(rng, n)[order],
            "우편번호": postal_codes.to_numpy()[order],
            "수취인 주소": np.array(write_addresses(rng, recipients), dtype=object)[order],
            "배송완료일": delivered.dt.strftime("%Y-%m-%d"),
            "구매확정일자": confirmed.dt.strftime("%Y-%m-%d").where(~late, ""),
        }
    )[list(HEADER)]
    rows = table.astype(object).where(table != "", None).to_numpy().tolist()
    path = request.folder / f"DeliveryList({request.day})_(0).xlsx"
    write_workbook(path, SHEET, [list(HEADER), *rows])
    truth = make_truth(
        sales,
        order_id=order_ids,
        product_id=table["노출상품ID"],
        status="sold",
        sales_channel="coupang",
    )
    return (path,), truth


def _mask(names: pd.Series[str], masked: np.ndarray) -> np.ndarray:
    return np.where(masked, names.map(mask_name), names)


def _virtual_numbers(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.array(draw_virtual_numbers(rng, n, ("0502", "0504")), dtype=object)
