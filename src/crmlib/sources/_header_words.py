"""Words that stand in the headers of order files, in English and Korean, and what they hold."""

from __future__ import annotations

from difflib import SequenceMatcher
from types import MappingProxyType
from typing import TYPE_CHECKING

from crmlib.sources._generic_headers import GENERIC_HEADERS
from crmlib.sources._order_source import plain_header

if TYPE_CHECKING:
    from collections.abc import Mapping

_MORE_WORDS = MappingProxyType(
    {
        "customer_id": (
            "회원id 회원번호 고객번호 고객id 고객코드 회원아이디 아이디 "
            "구매자id 주문자id client member user account 구매자번호 "
            "clientno clientnumber memberno customercode guestid"
        ),
        "order_id": "주문번호 오더번호 주문코드 거래번호 영수증번호 ordercode",
        "ordered_at": (
            "주문일시 주문일 주문일자 주문시각 구매일 구매일시 구매일자 판매일 "
            "판매일자 거래일 거래일시 결제일시 결제일 결제일자 일시 일자 날짜 "
            "orderplaced soldat saledate paidat paymentdate ordered orderedon "
            "transactiondate"
        ),
        "amount": (
            "결제금액 실결제금액 주문금액 구매금액 판매금액 매출 매출액 금액 "
            "상품별총주문금액 상품구매금액 결제액 총금액 합계 공급가액 거래금액 "
            "paid amountpaid total subtotal linesubtotal revenue netsales sales "
            "turnover value lineprice itemtotal totalprice orderamount sum "
            "extendedprice payment betrag umsatz grandtotal"
        ),
        "line_id": "상품주문번호 품목별주문번호 품목번호 주문상세번호 orderitemid",
        "product_id": (
            "상품번호 상품코드 품번 품목코드 상품id productcode itemcode asin "
            "articleno articlenumber variantid barcode 바코드 itemno"
        ),
        "product_name": (
            "상품명 품명 품목명 주문상품명 등록상품명 제품명 상품 product item "
            "article title producttitle itemdescription"
        ),
        "category": "카테고리 상품분류 분류 품목군 producttype group",
        "quantity": "수량 구매수량 주문수량 구매수 개수 units count pieces",
        "unit_price": (
            "판매가 단가 상품가격 판매단가 가격 정가 price unitcost itemprice "
            "sellingprice priceeach"
        ),
        "currency": "통화 화폐 currencycode",
        "sales_channel": (
            "판매채널 쇼핑몰 판매처 채널 몰 매장 매장명 사이트 marketplace "
            "store shop storename outlet platform"
        ),
        "status": "주문상태 상태 처리상태 진행상태 결제상태 state paymentstatus",
        "name": (
            "구매자명 주문자명 고객명 성명 이름 구매자 주문자 회원명 고객 name "
            "fullname buyer contactname"
        ),
        "email": "이메일 이메일주소 메일 전자우편 mail customeremail buyeremail",
        "phone": (
            "휴대폰 휴대폰번호 휴대전화 핸드폰 연락처 전화번호 구매자연락처 "
            "주문자휴대전화 구매자전화번호 mobilephone telephone tel cell "
            "cellphone"
        ),
        "postal_code": "우편번호 postcode zip zipcode postalcode plz",
        "address": "주소 배송지 배송주소 수취인주소 통합배송지 address street",
        "gender": "성별 gender sex",
        "birth_date": "생년월일 생일 birthdate birthday dateofbirth dob",
        "refunded": "환불금액 환불액 실제환불금액 refund refundedamount refundamount",
        "shipping_fee": (
            "배송비 배송료 택배비 운임 shipping shippingcost shippingprice "
            "deliveryfee shippingfee freight postage"
        ),
    }
)

HEADER_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {name: (*GENERIC_HEADERS.get(name, ()), *words.split()) for name, words in _MORE_WORDS.items()}
)
"""For each canonical column the words that may head it, best first, as headers are compared."""

_OTHER_PEOPLE = ("수취인", "수령인", "받는", "recipient", "receiver", "shipto", "판매자", "seller")
_OTHER_DATES = ("배송", "발송", "출고", "취소", "환불", "반품", "확정", "정산", "ship", "deliver")
_SPELLED_ALIKE = 0.8
_SHORTEST_TYPO = 5


def rate_header(name: str, header: str) -> float:
    """Say how well a *header* fits the canonical column *name*.

    Parameters
    ----------
    name : str
        Canonical column.
    header : str
        As the file has it.

    Returns
    -------
    float
        1 for the first of :data:`HEADER_WORDS`, down to 0.9 for the last of
        them; less where the word is only part of the header, or misspelled;
        0 where nothing fits.

    Examples
    --------
    >>> rate_header("order_id", "주문번호") > rate_header("order_id", "주문번호(쇼핑몰)") > 0
    True
    """
    plain = "".join(letter for letter in plain_header(header) if letter.isalnum())
    words = HEADER_WORDS[name]
    if plain in words:
        return 1 - 0.1 * words.index(plain) / len(words)
    if any(word in plain for word in _OTHER_PEOPLE):
        return 0.0
    if name == "ordered_at" and any(word in plain for word in _OTHER_DATES):
        return 0.0
    return max((_rate_word(word, plain) for word in words), default=0.0)


def _rate_word(word: str, plain: str) -> float:
    """Say how well a header fits one word that it is not."""
    short = 2 if not word.isascii() else 4
    if len(word) >= short and word in plain:
        return 0.8 * len(word) / len(plain)
    if min(len(word), len(plain)) >= _SHORTEST_TYPO:
        alike = SequenceMatcher(None, word, plain, autojunk=False).ratio()
        return 0.8 * alike if alike >= _SPELLED_ALIKE else 0.0
    return 0.0
