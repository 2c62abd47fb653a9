"""Coupang: the list of deliveries of a seller."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from crmlib.sources._cells import pick
from crmlib.sources._clean_cells import (
    count_once,
    hide_virtual_numbers,
    is_filled,
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
        "order_id": ("주문번호",),
        "ordered_at": ("주문일",),
        "amount": ("결제액",),
        "product_id": ("노출상품ID",),
        "product_name": ("등록상품명",),
        "quantity": ("구매수(수량)",),
        "unit_price": ("옵션판매가(판매단가)",),
        "name": ("구매자", "수취인이름"),
        "phone": ("구매자전화번호",),
        "postal_code": ("우편번호",),
        "address": ("수취인 주소",),
    }
)


class CoupangSource(OrderSource):
    """Orders of a Coupang seller (DeliveryList), a row per option of an order.

    Cancelled orders are not in the file, and what was returned later cannot
    be seen in it.

    Notes
    -----
    - ``amount`` is 결제액; where it is empty, 구매수 times 옵션판매가.
    - ``line_id`` is 묶음배송번호 with 옵션ID, as an option comes once in a box.
      Where one is empty there is no id.
    - The phone numbers (0502, 0504) change with each order and tell nobody.
      The buyer is told by 구매자 (수취인이름 where it is empty) with 우편번호
      and 수취인 주소, to which it was sent.  So a buyer has a customer id for
      each address, and for each spelling of it; ``crmlib.identity`` joins
      the spellings.  Rows with a masked name are of an unknown customer.
    - ``shipping_fee`` is 배송비 and 도서산간 추가배송비, where the file has
      them, once per 묶음배송번호.
    """

    name = "coupang"
    kinds: ClassVar[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType(
        {
            "orders": (
                ("묶음배송번호",),
                ("주문번호",),
                ("결제액", "옵션판매가(판매단가)"),
                ("구매자", "수취인이름"),
            )
        }
    )
    sales_channel = "coupang"
    timezone = "Asia/Seoul"
    currency = "KRW"
    region = "KR"

    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Give each row under canonical names."""
        table = tables["orders"]
        lines = pick_filled(table, _HEADERS)
        boxes = read_ids(pick(table, "묶음배송번호"))
        lines["line_id"] = boxes + "-" + read_ids(pick(table, "옵션ID"))
        if "amount" in lines:
            pieces, _ = read_money(pick(lines, "quantity"))
            price, _ = read_money(pick(lines, "unit_price"))
            empty = ~is_filled(lines["amount"])
            lines["amount"] = lines["amount"].astype(object).mask(empty, pieces * price)
        lines["phone"] = hide_virtual_numbers(pick(lines, "phone"))
        lines["postal_code"] = pad_postal_codes(pick(lines, "postal_code"))
        lines["why_unknown"] = "구매자 is masked, or there is no name or no address"
        lines["shipping_fee"] = _add_fees(
            count_once(pick(table, "배송비"), boxes),
            count_once(pick(table, "도서산간 추가배송비"), boxes),
        )
        return lines


def _add_fees(fees: pd.Series[Any], extra: pd.Series[Any]) -> pd.Series[Any]:
    """Add two columns of fees; a cell that is no money stays, so that it is told."""
    (first, first_garbled), (second, second_garbled) = read_money(fees), read_money(extra)
    total = np.nan_to_num(first) + np.nan_to_num(second)
    added = fees.astype(object).where(first_garbled, total)
    return added.where(~second_garbled, extra)
