"""Any file or dataframe of order lines, in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import narwhals.stable.v2 as nw
import pandas as pd

from crmlib.exceptions import InvalidParameterError, MissingColumnsError
from crmlib.sources._files import read_file
from crmlib.sources._order_format import match_columns, recognise
from crmlib.tables import Orders, make_transactions

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_orders(
    source: Any,
    *,
    columns: Mapping[str, str] | None = None,
    timezone: str | None = None,
    refunds: Literal["net", "set-aside"] = "net",
    unknown_customers: Literal["set-aside", "keep"] = "set-aside",
    duplicates: Literal["set-aside", "keep"] = "set-aside",
    non_product: Literal["set-aside", "keep"] = "set-aside",
    non_product_ids: str | None = None,
    currency: str | None = None,
    date_order: Literal["auto", "day-first", "month-first"] = "auto",
    decimal: Literal[".", ","] = ".",
    encoding: str | None = None,
) -> Orders:
    """Read order lines from a file or a dataframe.

    A row that cannot be used is set aside with its number and reason; rows in
    are rows used plus rows set aside.

    Parameters
    ----------
    source : path or dataframe
        A CSV file (plain or gzip; separated by comma, semicolon or tab; in
        UTF-8 or CP949), a Parquet file, the first sheet of an Excel workbook
        (extra ``excel``), or a dataframe of any kind that narwhals knows.
    columns : mapping of str to str, optional
        Canonical column to header: ``{"customer_id": "Client"}``.  Columns
        that it does not name are found by their headers; see Notes.
    timezone : str, optional
        IANA zone of times without an offset; by default that of the format,
        or UTC.
    refunds, unknown_customers, duplicates, non_product, currency, date_order, decimal
        See :func:`crmlib.tables.make_transactions`.
    non_product_ids : str, optional
        Regular expression of product ids that are no products; by default
        that of the format.
    encoding : str, optional
        Of a CSV file that is neither in UTF-8 nor in CP949.  Name it where
        letters look wrong, too: nearly any bytes are some text in CP949.

    Returns
    -------
    Orders
        ``table``, the canonical lines; ``set_aside``; ``report()``.

    Raises
    ------
    UnreadableFileError
        If there is no file, it is empty, damaged, or in another encoding.
    MissingColumnsError
        If a needed column is not found.
    UnknownNameError
        If *columns* names a column that is not canonical.
    InvalidTableError
        If two headers could hold one column.
    InvalidParameterError
        If a policy or the zone is none, or *source* is neither path nor dataframe.
    MissingExtraError
        If it is an Excel file and the extra is not installed.

    Warns
    -----
    DataQualityWarning
        If the file is not in UTF-8 and was read as CP949.

    Notes
    -----
    UCI Online Retail is recognised by its headers: times are London's,
    invoices that begin with C are returns (their amounts are negative), and
    postage, fees, samples and adjustments are no products.

    In other files a header holds a canonical column if it is spelled like it
    or like one of these, without regard to case, spaces, ``_``, ``-``, ``.``
    and ``#``; the earlier name goes first:

    - ``customer_id``: customer, customer no, customer number, client id,
      user id, member id, buyer id, household id
    - ``order_id``: order, order no, order number, invoice id, invoice,
      invoice no, invoice number, basket id, transaction id, receipt id
    - ``ordered_at``: order datetime, order date, order time, purchased at,
      purchase date, invoice date, transaction timestamp, created at,
      timestamp, datetime, date
    - ``amount``: line total, line amount, net amount, sales value
    - ``line_id``: order line id, line item id
    - ``product_id``: sku, stock code, item id
    - ``product_name``: item name, description
    - ``category``: product category, department
    - ``quantity``: qty; ``sales_channel``: channel; ``status``: order status

    Examples
    --------
    >>> import pandas as pd
    >>> shop = pd.DataFrame({
    ...     "Client": ["C1"], "Order No": ["A-1"], "Date": ["2024-03-01"], "Paid": ["12,000원"],
    ... })
    >>> columns = {"customer_id": "Client", "amount": "Paid"}
    >>> read_orders(shop, columns=columns, timezone="Asia/Seoul").table
      customer_id order_id                ordered_at   amount
    0          C1      A-1 2024-02-29 15:00:00+00:00  12000.0
    """
    if isinstance(source, str | os.PathLike):
        name = Path(source).name
        table, problems = read_file(source, encoding)
    else:
        name = "dataframe"
        table = _read_frame(source)
        problems = pd.Series(index=table.index, dtype="str")
    headers = [str(header) for header in table.columns]
    order_format = recognise(headers)
    places = match_columns(order_format, headers, columns, name)
    lines = pd.DataFrame(
        {column: table.iloc[:, headers.index(header)] for column, header in places.items()}
    )
    lines["problem"] = problems
    try:
        return make_transactions(
            lines,
            source=name,
            timezone=timezone or order_format.timezone,
            refunds=refunds,
            unknown_customers=unknown_customers,
            duplicates=duplicates,
            non_product=non_product,
            non_product_ids=non_product_ids or order_format.non_product_ids,
            currency=currency,
            date_order=date_order,
            decimal=decimal,
        )
    except MissingColumnsError as error:
        wanted = ", ".join(f"{column!r}: '<header>'" for column in error.missing)
        options = " ".join(f"--column '{column}=<header>'" for column in error.missing)
        way_out = (
            f"say which headers hold them: columns={{{wanted}}} in Python, {options} on the "
            "command line, or [data.columns] in a campaign file"
        )
        raise MissingColumnsError(name, error.missing, headers, way_out) from error


def _read_frame(source: Any) -> pd.DataFrame:
    """Give any dataframe as one of pandas, with rows 0 to n; lazy ones are computed."""
    if isinstance(source, pd.DataFrame):
        return source.reset_index(drop=True)
    try:
        frame = nw.from_native(source)
    except TypeError as error:
        raise InvalidParameterError(
            "source", type(source).__name__, "a path or a dataframe"
        ) from error
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    return pd.DataFrame({column.name: _read_column(column) for column in frame.iter_columns()})


def _read_column(column: nw.Series[Any]) -> pd.Series[Any]:
    """Give one column; numbers as they are, other cells as Python objects.

    So are whole numbers with gaps, since floats, which hold gaps, hold no id past 2**53.
    """
    if column.dtype.is_numeric() and not (column.dtype.is_integer() and column.null_count()):
        return pd.Series(column.to_numpy())
    return pd.Series(column.to_list(), dtype=object)
