"""Cafe24: the orders of an own shop, in the columns that its seller chose."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from crmlib.sources._cafe24_money import has_prices, read_order_money
from crmlib.sources._cells import pick
from crmlib.sources._clean_cells import (
    hide_masked,
    hide_virtual_numbers,
    pad_postal_codes,
    pick_filled,
    read_ids,
)
from crmlib.sources._order_source import OrderSource
from crmlib.tables import SetAsideReason

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEADERS = MappingProxyType(
    {
        "order_id": ("주문번호",),
        "line_id": ("품목별 주문번호",),
        "ordered_at": ("주문일시", "결제일시(입금확인일)"),
        "product_id": ("상품코드",),
        "product_name": ("주문상품명", "상품명(한국어 쇼핑몰)", "상품명"),
        "quantity": ("수량",),
        "unit_price": ("옵션+판매가", "판매가"),
        "status": ("주문 상태", "취소구분"),
        "account_id": ("주문자ID",),
        "email": ("주문자 이메일",),
        "name": ("주문자명", "결제자"),
        "phone": ("주문자 휴대전화",),
        "postal_code": ("주문자 우편번호",),
        "address": ("주문자 주소",),
    }
)

_CLAIM = r"(?i)[CR]\d\d"
_UNDECIDED = ("C00", "C11", "R00", "R10", "R11", "R12")
"""Asked for, registered, refused or on hold: the sale stands."""

_CANCELLED = r"취소(?:완료|처리중|접수관리자).*|입금전취소.*"
_RETURNED = r"반품(?:완료|처리중|수거완료|접수수거완료).*"
"""How the words of the states begin, without spaces and signs."""

_GUESTS = ("비회원", "guest")


class Cafe24Source(OrderSource):
    """Orders of a shop of Cafe24, a row per item of an order.

    The seller chooses the columns.  주문번호, 품목별 주문번호, a date (주문일시
    or 결제일시), and 수량 with 판매가 (or 상품구매금액) have to be among them.

    Notes
    -----
    - ``line_id`` is 품목별 주문번호; ``ordered_at`` is 주문일시, or 결제일시
      where that is empty.
    - 총 실결제금액(최초정보) is of the order and comes again on each line.
      ``amount`` is the line's share of it: what was paid for the goods is
      shared out to all lines of the order, cancelled ones, too, in proportion
      to 수량 times 판매가 (옵션+판매가, where there is one), in whole won by
      largest remainder, so that the lines add up to the order.  Where the
      total is not among the columns, it is the prices less 쿠폰 할인금액.
    - ``shipping_fee``, on the first line of an order, is 총 배송비; where
      that is not among the columns it is what was paid above the prices less
      the coupon.  More than 10,000 won above them is no delivery: then part
      of the order is not in the file, and its lines get their prices, less
      their part of the coupon.
    - ``refunded`` is 실제 환불금액, which some files give per line and others
      per order, again on each line.  If lines of one order mostly agree, it is
      of the order, and is taken off its cancelled and returned lines first,
      then off the others in proportion.  쿠폰 할인금액 is read likewise.
    - States (주문 상태) come as codes or words.  C… and R… are cancelled and
      returned, but for claims that are asked for, refused or on hold (C00,
      C11, R00, R10, R11, R12).  An exchange (E…) stays a sale, and so does
      what is not paid yet (N00); ``status`` keeps the state as it is written.
    - The customer is told by 주문자ID, 주문자 이메일, 주문자 휴대전화 (``--``
      is none), or 주문자명 (결제자) with the orderer's address.  Recipients
      are not looked at.
    """

    name = "cafe24"
    kinds: ClassVar[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType(
        {"orders": (("주문번호",), ("품목별 주문번호",))}
    )
    sales_channel = "cafe24"
    timezone = "Asia/Seoul"
    currency = "KRW"
    region = "KR"

    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Give each row under canonical names."""
        table = tables["orders"]
        lines = pick_filled(table, _HEADERS)
        status = read_ids(pick(lines, "status"))
        told = _read_claims(status)
        lines["aside"] = told
        lines["aside_detail"] = ("status '" + status + "'").where(told.notna()).astype(object)
        if has_prices(table):
            money = read_order_money(table, lines[["order_id", "line_id"]], told.notna())
            lines = lines.combine_first(money)
        accounts = hide_masked(pick(lines, "account_id"))
        lines["account_id"] = accounts.mask(accounts.str.casefold().isin(_GUESTS))
        lines["phone"] = hide_virtual_numbers(pick(lines, "phone"))
        lines["postal_code"] = pad_postal_codes(pick(lines, "postal_code"))
        lines["why_unknown"] = "the row has no 주문자ID, 주문자 이메일 or 주문자 휴대전화"
        return lines


def _read_claims(status: pd.Series[str]) -> pd.Series[Any]:
    """Give the reason for which a state sets a line aside; NaN where the sale stands."""
    words = status.str.replace(r"[\s\[\]_-]+", "", regex=True)
    code = words.where(words.str.fullmatch(_CLAIM, na=False)).str.upper()
    code = code.mask(code.isin(_UNDECIDED)).str[0]
    cancelled = (code == "C") | words.str.fullmatch(_CANCELLED, na=False)
    returned = (code == "R") | words.str.fullmatch(_RETURNED, na=False)
    reasons = pd.Series(index=status.index, dtype=object)
    reasons[cancelled] = str(SetAsideReason.CANCELLED_ORDER)
    reasons[returned] = str(SetAsideReason.RETURNED_LINE)
    return reasons
