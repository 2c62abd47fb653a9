"""Order lines as files hold them, checked row by row."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Literal, get_args

from crmlib.exceptions import DataQualityWarning, InvalidParameterError
from crmlib.tables._amounts import doubt_decimals
from crmlib.tables._contacts import CONTACT_FIELDS, make_contacts
from crmlib.tables._instants import DateOrder
from crmlib.tables._netting import net_off, read_extra
from crmlib.tables._orders import Orders
from crmlib.tables._raw_lines import NUMBERS, find_places, read_lines
from crmlib.tables._requirements import check_columns
from crmlib.tables._rules import (
    set_aside_as_told,
    set_aside_by_status,
    set_aside_duplicates,
    set_aside_non_products,
    set_aside_other_currencies,
    set_aside_unknown_customers,
    set_aside_unreadable,
)
from crmlib.tables._set_aside_reason import SetAsideReason
from crmlib.tables._set_aside_rows import describe_set_aside
from crmlib.tables._verdicts import Verdicts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

RowPolicy = Literal["set-aside", "keep"]
RefundPolicy = Literal["net", "set-aside"]
Decimal = Literal[".", ","]

REQUIRED_COLUMNS = ("customer_id", "order_id", "ordered_at", "amount")
"""Columns that every transactions table has."""

NON_PRODUCT_IDS = r"(?i)post(age)?|shipping|delivery|handling|bank charges"
"""Product ids, as a pattern, that are no products in any shop."""


def make_transactions(
    lines: pd.DataFrame,
    *,
    source: str = "orders",
    timezone: str = "UTC",
    refunds: RefundPolicy = "net",
    unknown_customers: RowPolicy = "set-aside",
    duplicates: RowPolicy = "set-aside",
    non_product: RowPolicy = "set-aside",
    non_product_ids: str = NON_PRODUCT_IDS,
    currency: str | None = None,
    date_order: DateOrder = "auto",
    decimal: Decimal = ".",
    region: str | None = None,
    further: Sequence[str] = (),
) -> Orders:
    """Check order lines row by row and bring them to the canonical columns.

    A row that cannot be used is set aside with its number and the first
    reason of :class:`SetAsideReason` that holds for it; nothing is dropped.

    Parameters
    ----------
    lines : DataFrame of shape (n_rows, n_columns)
        Texts (or typed cells) under canonical names: ``customer_id``,
        ``order_id``, ``ordered_at`` and ``amount``, the line total; without
        ``amount`` it is ``quantity`` times ``unit_price``, to four decimals.
        ``line_id``, ``product_id``, ``product_name``, ``category``,
        ``currency``, ``sales_channel``, ``status`` may be there, and so may
        the columns under Notes; others are ignored.
    source : str, default="orders"
        Name of the file, for the rows set aside.
    timezone : str, default="UTC"
        IANA zone of times without an offset.  A time that clocks skipped is
        read with the offset before the gap, one that came twice as the first.
    refunds : {"net", "set-aside"}, default="net"
        Whether negative lines are kept, so that sums are net.
    unknown_customers : {"set-aside", "keep"}, default="set-aside"
        What becomes of rows without a customer; kept ones hold NaN.
    duplicates : {"set-aside", "keep"}, default="set-aside"
        What becomes of a ``line_id`` that came before in the same order and
        sales channel.  Without line ids equal rows are different lines.
    non_product : {"set-aside", "keep"}, default="set-aside"
        What becomes of lines whose product id matches *non_product_ids*.
    non_product_ids : str
        Regular expression for the whole product id: postage, fees and such.
    currency : str, optional
        The currency wanted (ISO 4217); by default that of most rows.  Rows in
        another one are set aside; rows without one are taken to be in it.
        Where no cell names it, the sign of the amount does (₩ and 원, $, €,
        £, ¥ for the yen), if the column holds several of them.
    date_order : {"auto", "day-first", "month-first"}, default="auto"
        How ``9/12/2011`` is to be read; by default the column has to tell.
    decimal : {".", ","}, default="."
        Decimal mark of numbers written as text.
    region : str, optional
        ISO 3166 country of phone numbers without a country code.
    further : sequence of str, default=()
        Columns of *lines* that are kept in the table as texts, last.

    Returns
    -------
    Orders
        The lines used and the rows set aside.

    Raises
    ------
    MissingColumnsError
        If a needed column is not there.
    InvalidParameterError
        If a policy, the zone or the pattern is none.

    Warns
    -----
    DataQualityWarning
        If the decimal mark may be the other one: cells are numbers only with
        it, or all numbers with a mark have three digits behind it (``1.234``).

    Notes
    -----
    A ``status`` of a cancelled order (``cancelled``, ``void``, ``failed``,
    ``취소완료``, …) sets its lines aside, one of a return (``returned``,
    ``refunded``, ``반품완료``, …) its positive lines.  Where the order holds
    negative lines, too, and refunds are netted, both stay: sale and return
    add up to nothing.

    Other columns of *lines*, none of which becomes one of the table:

    - ``problem``: why the row could not be read at all;
    - ``aside``, ``aside_detail``: a :class:`SetAsideReason` that is known
      already, and words for it;
    - ``why_unknown``: words on a row without a customer, where the source
      knows why it has none;
    - ``refunded``: money paid back for the line.  Where refunds are netted,
      ``amount`` is what is left, and a line of which nothing is left is set
      aside as returned;
    - ``shipping_fee``: money on the row that is not for the product; it is
      counted and in no amount;
    - ``account_id``, ``name``, ``email``, ``phone``, ``postal_code``,
      ``address``, ``gender``, ``birth_date``: they become ``Orders.contacts``;
    - ``source``, ``row``: file and row that a line comes from, where several
      files were put together.

    Examples
    --------
    >>> import pandas as pd
    >>> lines = pd.DataFrame({
    ...     "customer_id": ["17850.0", ""], "order_id": ["1", "2"],
    ...     "ordered_at": ["2024-03-01 09:00", "2024-03-02 10:00"],
    ...     "quantity": ["6", "1"], "unit_price": ["2.55", "1"],
    ... })
    >>> orders = make_transactions(lines, timezone="Asia/Seoul")
    >>> orders.table[["customer_id", "ordered_at", "amount"]]
      customer_id                ordered_at  amount
    0       17850 2024-03-01 00:00:00+00:00    15.3
    >>> orders.set_aside[["row", "reason", "amount"]]
       row            reason  amount
    0    2  unknown customer     1.0
    """
    _check_choice("refunds", refunds, get_args(RefundPolicy))
    _check_choice("unknown_customers", unknown_customers, get_args(RowPolicy))
    _check_choice("duplicates", duplicates, get_args(RowPolicy))
    _check_choice("non_product", non_product, get_args(RowPolicy))
    _check_choice("date_order", date_order, get_args(DateOrder))
    _check_choice("decimal", decimal, get_args(Decimal))
    products = _compile(non_product_ids)
    _check_columns(lines, source)
    for name in ("amount", "unit_price"):
        if name in lines and (doubt := doubt_decimals(lines[name], decimal)):
            warnings.warn(f"{source}: {name}: {doubt}", DataQualityWarning, stacklevel=2)
    lines = lines.reset_index(drop=True)
    table, readable = read_lines(lines, timezone, date_order, decimal, further)
    verdicts = Verdicts(len(lines))
    set_aside_unreadable(lines, table, readable, verdicts)
    refunded = read_extra(lines, "refunded", decimal, verdicts)
    fees = read_extra(lines, "shipping_fee", decimal, verdicts)
    set_aside_as_told(lines, verdicts)
    if "status" in table:
        set_aside_by_status(table, verdicts, net=refunds == "net")
    if "currency" in table:
        set_aside_other_currencies(table, currency, verdicts)
    if non_product == "set-aside" and "product_id" in table:
        set_aside_non_products(table, products, verdicts)
    if unknown_customers == "set-aside":
        set_aside_unknown_customers(lines, table, verdicts)
    if refunds == "set-aside":
        negative = (table["amount"] < 0).to_numpy()
        verdicts.set_aside(negative, SetAsideReason.REFUND, "amount is negative")
    if duplicates == "set-aside" and "line_id" in table:
        set_aside_duplicates(table, verdicts)
    netted = net_off(table, refunded, verdicts, keep_partly_refunded=refunds == "set-aside")
    fees[verdicts.reasons == SetAsideReason.UNREADABLE_ROW] = 0.0
    places = find_places(lines, source).assign(netted=netted, shipping_fee=fees)
    return _split(table, places, verdicts, lines, region)


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Refuse a *value* that is none of the *choices*."""
    if value not in choices:
        raise InvalidParameterError(name, value, f"one of {list(choices)}")


def _compile(pattern: str) -> re.Pattern[str]:
    """Give *pattern* ready to use."""
    try:
        return re.compile(pattern)
    except re.error as error:
        raise InvalidParameterError(
            "non_product_ids", pattern, f"a regular expression ({error})"
        ) from error


def _check_columns(lines: pd.DataFrame, source: str) -> None:
    """Refuse lines without the columns that are needed."""
    multiplied = "amount" not in lines and all(name in lines for name in NUMBERS)
    needed = [name for name in REQUIRED_COLUMNS if not (name == "amount" and multiplied)]
    check_columns(source, lines, needed, "amount may also come as quantity and unit_price")


def _split(
    table: pd.DataFrame,
    places: pd.DataFrame,
    verdicts: Verdicts,
    lines: pd.DataFrame,
    region: str | None,
) -> Orders:
    """Part the rows used from those set aside."""
    set_aside = describe_set_aside(table, places, verdicts)
    contacts = lines[[name for name in CONTACT_FIELDS if name in lines]]
    if len(set_aside):
        table, places, contacts = (
            frame[verdicts.used].reset_index(drop=True) for frame in (table, places, contacts)
        )
    return Orders(
        table=table,
        places=places,
        set_aside=set_aside,
        contacts=make_contacts(contacts, table, region),
        rows_in=len(verdicts.used),
    )
