"""Naver SmartStore: a workbook, often encrypted, a row per product line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.datasets.order_files._order_file import make_truth
from crmlib.datasets.order_files._sales import (
    count_orders,
    delivery_fees,
    scramble,
    take_coupons_off,
)
from crmlib.datasets.order_files._spelling import (
    as_typed,
    draw_virtual_numbers,
    hyphenate,
    mask_account,
    spoil,
    write_addresses,
)
from crmlib.datasets.order_files._workbook import to_serials, write_workbook

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.datasets.order_files._request import Request

SHEET = "발주발송관리"

HEADER = (
    "상품주문번호",
    "주문번호",
    "구매자명",
    "구매자ID",
    "수취인명",
    "주문상태",
    "수량클레임 여부",
    "결제일",
    "주문일시",
    "상품번호",
    "상품명",
    "옵션정보",
    "수량",
    "상품가격",
    "최종 상품별 총 주문금액",
    "배송비 묶음번호",
    "배송비 합계",
    "구매자연락처",
    "수취인연락처1",
    "수취인연락처2",
    "우편번호",
    "통합배송지",
    "정산예정금액",
)

NOTICE = (
    "이 파일은 발송 처리에 쓰는 양식입니다. 열의 순서를 바꾸지 마세요.",
    "개인정보가 들어 있으니 쓰고 나면 지워 주세요.",
)
"""What stood above the header in the old layout, in words of our own."""

GIFTS, VIRTUAL, SECOND_PHONE, SECOND_BUNDLE, AS_TEXT = 0.08, 0.7, 0.1, 0.2, 0.1
"""Shares: orders sent to somebody else, virtual recipient numbers, a second number, later
lines sent apart, and prices that are text."""

_STATES = ("결제완료", "배송중", "배송완료", "구매확정")
_COMMISSION = 0.0548


def write_smartstore(
    rng: np.random.Generator, sales: pd.DataFrame, request: Request
) -> tuple[tuple[Path, ...], pd.DataFrame]:
    """Write the order management file of a SmartStore."""
    n, size = count_orders(sales), len(sales)
    order = sales["order"].to_numpy()
    day = sales["local"].dt.strftime("%Y%m%d")
    sold = sales["status"] == "sold"
    # what is sent apart has a bundle, and so a fee, of its own
    apart = (sales["line"] > 1) & (rng.random(size) < SECOND_BUNDLE)
    bundle = scramble(sales["order"] * 2 + apart, 9)
    amounts = take_coupons_off(sales)
    fees = delivery_fees(sales, amounts)
    buyers = sales[sales["first"]].reset_index(drop=True)
    gift = rng.random(n) < GIFTS
    recipients = buyers.iloc[np.where(gift, rng.permutation(n), np.arange(n))]
    states = np.array(_STATES, dtype=object)[rng.integers(0, len(_STATES), n)][order]
    claims = {"cancelled": "취소", "returned": "반품"}
    virtual = draw_virtual_numbers(rng, n, ("0503", "0504", "0505", "0507"))
    real = recipients["phone"].map(hyphenate).tolist()
    first_phone = np.where(rng.random(n) < VIRTUAL, virtual, real)
    second_phone = np.where(rng.random(n) < SECOND_PHONE, as_typed(rng, recipients["phone"]), "")
    product_ids = (10_240_000_000 + sales["product_number"]).astype(str)
    prices = sales["unit_price"].astype("int64")
    paid = sales["local"] + pd.to_timedelta(rng.integers(0, 300, n)[order], unit="s")
    table = pd.DataFrame(
        {
            "상품주문번호": day + scramble(np.arange(size) + 50_000_000, 8),
            "주문번호": day + scramble(order, 8),
            "구매자명": sales["name"],
            "구매자ID": sales["account"].map(mask_account),
            "수취인명": recipients["name"].to_numpy()[order],
            "주문상태": sales["status"].map(claims).fillna(pd.Series(states)),
            "수량클레임 여부": np.where(sold, "N", "Y"),
            "결제일": to_serials(paid),
            "주문일시": to_serials(sales["local"]),
            "상품번호": spoil(rng, product_ids, 0.05, "{}.0"),
            "상품명": sales["product_name"],
            "옵션정보": "색상: " + sales["colour"] + " / 사이즈: " + sales["size"],
            "수량": sales["quantity"],
            "상품가격": prices.astype(object).where(
                rng.random(size) >= AS_TEXT, prices.map("{:,}원".format)
            ),
            "최종 상품별 총 주문금액": amounts.astype("int64"),
            "배송비 묶음번호": bundle,
            "배송비 합계": fees.astype("int64"),
            "구매자연락처": sales["phone"].map(hyphenate),
            "수취인연락처1": first_phone[order],
            "수취인연락처2": second_phone[order],
            "우편번호": recipients["postal_code"].to_numpy()[order],
            "통합배송지": np.array(write_addresses(rng, recipients), dtype=object)[order],
            "정산예정금액": (amounts * (1 - _COMMISSION)).astype("int64"),
        }
    )[list(HEADER)]
    above = [[line] for line in NOTICE] if request.layout == "old" else []
    rows = table.astype(object).where(table != "", None).to_numpy().tolist()
    path = request.folder / f"스마트스토어_선택주문발주발송관리_{request.day}_0900.xlsx"
    write_workbook(path, SHEET, [*above, list(HEADER), *rows], password=request.password)
    truth = make_truth(
        sales,
        order_id=table["주문번호"],
        line_id=table["상품주문번호"],
        product_id=product_ids,
        amount=amounts,
        refunded=amounts.where(sales["status"] == "returned", 0.0),
        shipping_fee=fees.where(~bundle.duplicated(), 0.0),
        sales_channel="smartstore",
    )
    return (path,), truth
