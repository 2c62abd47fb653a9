"""Naver SmartStore: the workbook from which a seller sends the orders."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from crmlib.sources._cells import pick
from crmlib.sources._clean_cells import (
    count_once,
    hide_masked,
    hide_virtual_numbers,
    pad_postal_codes,
    pick_filled,
    read_ids,
    read_money,
)
from crmlib.sources._order_source import OrderSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

_HEADERS = MappingProxyType(
    {
        "line_id": ("상품주문번호",),
        "order_id": ("주문번호",),
        "ordered_at": ("주문일시", "결제일"),
        "amount": ("최종 상품별 총 주문금액", "상품별 총 주문금액"),
        "product_id": ("상품번호",),
        "product_name": ("상품명",),
        "quantity": ("수량",),
        "unit_price": ("상품가격",),
        "status": ("주문상태",),
        "account_id": ("구매자ID",),
        "name": ("구매자명",),
        "phone": ("구매자연락처",),
        "postal_code": ("우편번호",),
        "address": ("통합배송지", "배송지"),
    }
)


class SmartStoreSource(OrderSource):
    """Orders of a Naver SmartStore (발주발송관리), a row per product of an order.

    The workbook comes encrypted: give :func:`crmlib.read_orders` its
    ``password``.  Older files have notices above the header.

    Notes
    -----
    - ``ordered_at`` is 주문일시, when the customer decided; 결제일, which may
      be days later, only where that is empty.
    - ``amount`` is 최종 상품별 총 주문금액: after discounts, and after what was
      taken back of a line of several pieces (수량클레임).  정산예정금액 is what
      is left for the seller, and not used.
    - ``shipping_fee`` is 배송비 합계, once per 배송비 묶음번호 (per order where
      there is none).
    - The buyer is told by 구매자연락처, a real number.  구매자ID counts where
      it is not masked.  The recipient's numbers, which are often virtual, tell
      nobody; the address is the buyer's only where buyer and recipient have
      one name.
    - A line is cancelled or returned by 주문상태, or by a 클레임상태 (or a word
      in 수량클레임 여부) that concerns all of it.  Claims not decided yet
      (취소요청) stay, and so does their word in ``status``.
    - 옵션정보 is no part of ``product_name``, so that one product has one name.
    """

    name = "smartstore"
    kinds: ClassVar[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType(
        {
            "orders": (
                ("상품주문번호",),
                ("주문번호",),
                ("구매자명", "구매자ID", "구매자연락처"),
            )
        }
    )
    sales_channel = "smartstore"
    timezone = "Asia/Seoul"
    currency = "KRW"
    region = "KR"

    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Give each row under canonical names."""
        table = tables["orders"]
        lines = pick_filled(table, _HEADERS)
        if "amount" not in lines:  # the price of a piece, before options and discounts, is none
            lines = lines.drop(columns="unit_price", errors="ignore")
        lines["status"] = _read_claims(table).fillna(read_ids(pick(lines, "status")))
        lines["account_id"] = hide_masked(pick(lines, "account_id"))
        lines["phone"] = hide_virtual_numbers(pick(lines, "phone"))
        own = read_ids(pick(table, "구매자명")) == read_ids(pick(table, "수취인명"))
        lines["postal_code"] = pad_postal_codes(pick(lines, "postal_code")).where(own)
        lines["address"] = pick(lines, "address").where(own)
        lines["why_unknown"] = "구매자연락처 is empty, virtual or no phone number"
        orders = read_ids(pick(table, "주문번호"))
        bundles = read_ids(pick(table, "배송비 묶음번호")).fillna("order " + orders)
        lines["shipping_fee"] = count_once(pick(table, "배송비 합계"), bundles)
        return lines


def _read_claims(table: pd.DataFrame) -> pd.Series[str]:
    """Give the claim that concerns all of a line; NaN where there is none.

    수량클레임 여부 is Y where only some pieces of a line are concerned; the
    amount is that of the pieces that are left.
    """
    partly = read_ids(pick(table, "수량클레임 여부"))
    claims = read_ids(pick(table, "클레임상태")).fillna(partly.where(~partly.isin(["Y", "N"])))
    pieces, _ = read_money(pick(table, "수량"))
    return claims.mask((partly == "Y") & ~np.equal(pieces, 0))
