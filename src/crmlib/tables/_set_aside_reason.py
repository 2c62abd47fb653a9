"""Why a row is not used."""

from __future__ import annotations

from enum import StrEnum


class SetAsideReason(StrEnum):
    """Why a row of an order file is not used.

    A row has one reason: the first one below that holds for it.

    Examples
    --------
    >>> str(SetAsideReason.UNKNOWN_CUSTOMER)
    'unknown customer'
    """

    UNREADABLE_ROW = "unreadable row"
    MISSING_ORDER_ID = "missing order id"
    UNREADABLE_DATE = "unreadable date"
    UNREADABLE_AMOUNT = "unreadable amount"
    NON_FINITE_AMOUNT = "non-finite amount"
    CANCELLED_ORDER = "cancelled order"
    RETURNED_LINE = "returned line"
    ORDER_SUMMARY = "order summary"
    OTHER_CURRENCY = "other currency"
    NON_PRODUCT_LINE = "non-product line"
    UNKNOWN_CUSTOMER = "unknown customer"
    REFUND = "refund"
    DUPLICATE_LINE = "duplicate line"
