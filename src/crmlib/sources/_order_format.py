"""Order files that are known by their headers, and the names that others use."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import attrs

from crmlib.exceptions import InvalidTableError, MissingColumnsError, UnknownNameError
from crmlib.tables import NON_PRODUCT_IDS, OPTIONAL_COLUMNS, REQUIRED_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CANONICAL = (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS)


def _freeze(headers: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """Give *headers* so that nobody can change them."""
    return MappingProxyType(dict(headers))


@attrs.frozen(kw_only=True)
class OrderFormat:
    """What the headers of an order file mean.

    Headers are compared without case, spaces, and ``_ - . #``.

    Parameters
    ----------
    headers : mapping of str to tuple of str
        For each canonical column the headers that may hold it, best first.
    recognised_by : tuple of tuple of str
        A file is of this format if it has a header of each group.
    timezone : str
        IANA zone of its times, where they have no offset.
    non_product_ids : str
        Regular expression of product ids that are no products.
    """

    headers: Mapping[str, tuple[str, ...]] = attrs.field(converter=_freeze)
    recognised_by: tuple[tuple[str, ...], ...] = ()
    timezone: str = "UTC"
    non_product_ids: str = NON_PRODUCT_IDS


ONLINE_RETAIL = OrderFormat(
    headers={
        "customer_id": ("customerid",),
        "order_id": ("invoiceno", "invoice"),
        "ordered_at": ("invoicedate",),
        "product_id": ("stockcode",),
        "product_name": ("description",),
        "quantity": ("quantity",),
        "unit_price": ("unitprice", "price"),
    },
    recognised_by=(
        ("customerid",),
        ("invoiceno", "invoice"),
        ("invoicedate",),
        ("stockcode",),
        ("description",),
        ("quantity",),
        ("unitprice", "price"),
        ("country",),
    ),
    timezone="Europe/London",
    non_product_ids=(
        r"(?i)post|dot|[dmsb]|c2|cruk|pads|amazon ?fee|bank charges|adjust\d*|gift_.*|test\d*"
    ),
)
"""The UCI data set 352 and its second year; invoices that begin with C are returns."""

GENERIC = OrderFormat(
    headers={
        "customer_id": (
            *("customerid", "customer", "customerno", "customernumber", "clientid"),
            *("userid", "memberid", "buyerid", "householdid"),
        ),
        "order_id": (
            *("orderid", "order", "orderno", "ordernumber", "invoiceid", "invoice"),
            *("invoiceno", "invoicenumber", "basketid", "transactionid", "receiptid"),
        ),
        "ordered_at": (
            *("orderedat", "orderdatetime", "orderdate", "ordertime", "purchasedat"),
            *("purchasedate", "invoicedate", "transactiontimestamp", "createdat"),
            *("timestamp", "datetime", "date"),
        ),
        "amount": ("amount", "linetotal", "lineamount", "netamount", "salesvalue"),
        "line_id": ("lineid", "orderlineid", "lineitemid"),
        "product_id": ("productid", "sku", "stockcode", "itemid"),
        "product_name": ("productname", "itemname", "description"),
        "category": ("category", "productcategory", "department"),
        "quantity": ("quantity", "qty"),
        "unit_price": ("unitprice",),
        "currency": ("currency",),
        "sales_channel": ("saleschannel", "channel"),
        "status": ("status", "orderstatus"),
    },
)
"""The table of names for files of no known format."""

FORMATS = (ONLINE_RETAIL, GENERIC)
"""Tried in this order; the last one takes every file."""


def recognise(headers: Sequence[str]) -> OrderFormat:
    """Give the format of a file with these *headers*.

    Examples
    --------
    >>> recognise(["Invoice", "StockCode", "Description", "Quantity", "InvoiceDate",
    ...            "Price", "Customer ID", "Country"]).timezone
    'Europe/London'
    """
    plain = {_plain(header) for header in headers}
    return next(
        order_format
        for order_format in FORMATS
        if all(plain.intersection(group) for group in order_format.recognised_by)
    )


def match_columns(
    order_format: OrderFormat,
    headers: Sequence[str],
    columns: Mapping[str, str] | None,
    source: str,
) -> dict[str, str]:
    """Say which header holds which canonical column.

    Parameters
    ----------
    order_format : OrderFormat
        Knows the names.
    headers : sequence of str
        Of the file.
    columns : mapping of str to str, optional
        Canonical column to header, as the caller wants it; goes first.
    source : str
        Name of the file, for errors.

    Returns
    -------
    dict of str to str
        Canonical column to header, for those that are there.

    Raises
    ------
    UnknownNameError
        If *columns* names a column that is not canonical.
    MissingColumnsError
        If *columns* names a header that is not there.
    InvalidTableError
        If two headers could hold a column, or its header comes twice.
    """
    given = dict(columns or {})
    for name in given:
        if name not in CANONICAL:
            raise UnknownNameError("canonical column", name, CANONICAL)
    absent = [header for header in given.values() if header not in headers]
    if absent:
        raise MissingColumnsError(source, absent, list(headers), "columns={…} asks for them")
    free = [header for header in headers if header not in given.values()]
    for name in CANONICAL:
        if name not in given and (found := _find(order_format.headers.get(name, ()), free)):
            if len(found) > 1:
                raise InvalidTableError(
                    source,
                    f"has {len(found)} headers for {name}: {found}",
                    f"say which one with columns={{{name!r}: …}}",
                )
            given[name] = found[0]
    twice = sorted({header for header in given.values() if list(headers).count(header) > 1})
    if twice:
        raise InvalidTableError(source, f"repeats the headers {twice}", "rename one of them")
    return given


def _find(names: Sequence[str], headers: Sequence[str]) -> list[str]:
    """Give the headers spelled like the first of *names* that there is."""
    for name in names:
        if found := [header for header in headers if _plain(header) == name]:
            return found
    return []


def _plain(header: str) -> str:
    """Give *header* as headers are compared."""
    return "".join(character for character in header.casefold() if character not in " _-.#\t\n")
