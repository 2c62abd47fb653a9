"""What headers mean in files of no known source."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from crmlib.exceptions import InvalidTableError, MissingColumnsError, UnknownNameError
from crmlib.sources._order_source import plain_header
from crmlib.tables import CONTACT_FIELDS, OPTIONAL_COLUMNS, REQUIRED_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CANONICAL = (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS, *CONTACT_FIELDS, "refunded", "shipping_fee")
"""Columns that a header may hold."""

GENERIC_HEADERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
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
        "email": ("email", "emailaddress"),
        "phone": ("phone", "phonenumber", "mobile"),
        "name": ("customername", "buyername"),
    }
)
"""For each canonical column the headers that may hold it, best first."""


def match_columns(headers: Sequence[str], columns: Mapping[str, str]) -> dict[str, str]:
    """Say which header holds which canonical column.

    Parameters
    ----------
    headers : sequence of str
        Of the file.
    columns : mapping of str to str
        Canonical column to header, as the caller wants it; goes first.

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
        If two headers could hold a column.
    """
    given = check_given("the order file", headers, columns)
    free = [header for header in headers if header not in given.values()]
    for name in CANONICAL:
        if name not in given and (found := _find(GENERIC_HEADERS.get(name, ()), free)):
            if len(found) > 1:
                raise InvalidTableError(
                    "the order file",
                    f"has {len(found)} headers for {name}: {found}",
                    f"say which one with columns={{{name!r}: …}}",
                )
            given[name] = found[0]
    return given


def holds_needed(headers: Sequence[str], columns: Mapping[str, str]) -> bool:
    """Tell whether *headers* are those of order lines, so that they stand in no notice.

    All that *columns* name have to be among them, and some for the customer
    (the id, or a contact), the order, its time and its amount.
    """
    if any(header not in headers for header in columns.values()):
        return False
    free = [header for header in headers if header not in columns.values()]
    held = {name for name, known in GENERIC_HEADERS.items() if _find(known, free)}.union(columns)
    return (
        held.issuperset({"order_id", "ordered_at"})
        and not held.isdisjoint({"customer_id", *CONTACT_FIELDS})
        and ("amount" in held or held.issuperset({"quantity", "unit_price"}))
    )


def check_given(table: str, headers: Sequence[str], columns: Mapping[str, str]) -> dict[str, str]:
    """Give a copy of *columns*, the caller's mapping, or refuse it.

    Parameters
    ----------
    table : str
        What to call the file in errors.
    headers : sequence of str
        Of the file.
    columns : mapping of str to str

    Raises
    ------
    UnknownNameError
        If it names a column that is not canonical.
    MissingColumnsError
        If it names a header that is not there.
    """
    for name in columns:
        if name not in CANONICAL:
            raise UnknownNameError("canonical column", name, CANONICAL)
    absent = [header for header in columns.values() if header not in headers]
    if absent:
        raise MissingColumnsError(
            table, absent, list(headers), "the mapping of columns asks for them"
        )
    return dict(columns)


def _find(names: Sequence[str], headers: Sequence[str]) -> list[str]:
    """Give the headers spelled like the first of *names* that there is."""
    for name in names:
        if found := [header for header in headers if plain_header(header) == name]:
            return found
    return []
