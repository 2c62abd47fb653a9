"""Any file or dataframe of order lines, in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

from crmlib.exceptions import MissingColumnsError
from crmlib.sources._arrange import Batch, arrange, make_batches
from crmlib.sources._choose_source import choose_source, make_header_test
from crmlib.sources._kept_columns import check_kept
from crmlib.sources._order_mapping import OrderMapping
from crmlib.sources._settle_sources import fits_some, settle_sources
from crmlib.sources._sheets import read_sheets
from crmlib.tables import Orders, make_transactions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmlib.sources._order_source import OrderSource


def read_orders(
    orders: Any,
    *,
    source: str | OrderSource | None = None,
    columns: Mapping[str, str] | OrderMapping | str | os.PathLike[str] | None = None,
    timezone: str | None = None,
    refunds: Literal["net", "set-aside"] = "net",
    unknown_customers: Literal["set-aside", "keep"] = "set-aside",
    duplicates: Literal["set-aside", "keep"] = "set-aside",
    non_product: Literal["set-aside", "keep"] = "set-aside",
    non_product_ids: str | None = None,
    currency: str | None = None,
    sales_channel: str | None = None,
    date_order: Literal["auto", "day-first", "month-first"] | None = None,
    decimal: Literal[".", ","] | None = None,
    encoding: str | None = None,
    password: str | None = None,
    keep: Mapping[str, str] | None = None,
) -> Orders:
    """Read order lines from files or dataframes.

    A row that cannot be used is set aside with its number and reason; rows in
    are rows used plus rows set aside, for each file.

    Parameters
    ----------
    orders : path, bytes, dataframe, or list of them
        A file, a folder of files, or a pattern such as ``"2024/*.xlsx"``; or
        what such a file holds, as bytes; or a dataframe of any kind that
        narwhals knows.  A file is a CSV (plain or gzip; separated by comma,
        semicolon or tab; in UTF-8 or CP949), a Parquet file, or an Excel
        workbook (extra ``excel``).  Several become one history; see
        :meth:`crmlib.tables.Orders.join`.
    source : str or OrderSource, optional
        Where the files come from: a name of :func:`crmlib.sources.list_sources`.
        By default each file is recognised by its headers; one that none knows
        is "generic".
    columns : mapping of str to str, OrderMapping or path, optional
        Canonical column to header: ``{"customer_id": "Client"}``; or a
        mapping that was saved as TOML, which has further settings.  It goes
        first; other columns are found by their headers, see Notes.  Of
        several files it is for those that have all its headers.  A saved one
        is for files that no source knows, unless *source* is ``"generic"``.
    timezone : str, optional
        IANA zone of times without an offset; by default that of the source.
    refunds, unknown_customers, duplicates, non_product
        See :func:`crmlib.tables.make_transactions`.
    non_product_ids : str, optional
        Regular expression of product ids that are no products; by default
        that of the source.
    currency : str, optional
        ISO 4217; lines in another one are set aside.  By default that of most
        rows of a file.
    sales_channel : str, optional
        What a line is given that names none; by default that of the source.
    date_order, decimal : optional
        See :func:`crmlib.tables.make_transactions`; by default those of the source.
    encoding : str, optional
        Of CSV files that are neither in UTF-8 nor in CP949.  Name it where
        letters look wrong, too: nearly any bytes are some text in CP949.
    password : str, optional
        Of encrypted workbooks.
    keep : mapping of str to str, optional
        Further columns of the lines, by the headers that hold them:
        ``{"country": "Country"}``.  They are texts, as the file has them line
        by line, and empty where a file does not have the header.

    Returns
    -------
    Orders
        ``table``, the canonical lines; ``set_aside``; ``contacts``; ``report()``.

    Raises
    ------
    UnreadableFileError
        If there is no file, or it is empty, damaged, encrypted, or in another
        encoding.
    MissingColumnsError
        If a needed column is not found.
    UnknownNameError
        If *columns* names a column that is not canonical, or there is no such
        source.
    InvalidTableError
        If two headers could hold one column, or currencies are mixed.
    InvalidParameterError
        If a policy or the zone is none, or *orders* is nothing that can be read.
    MissingExtraError
        If it is an Excel file and the extra is not installed.

    Warns
    -----
    DataQualityWarning
        If a file is not in UTF-8 and was read as CP949, or a file of a folder
        was passed over.

    Notes
    -----
    What is read from which column of a known source, and what is not used and
    why, stands in the class of each: :class:`crmlib.sources.SmartStoreSource`,
    :class:`crmlib.sources.CoupangSource`, :class:`crmlib.sources.Cafe24Source`,
    :class:`crmlib.sources.OnlineRetailSource`.

    In files of no known source a header holds a canonical column if it is
    spelled like it or like one of these, without regard to case, spaces,
    ``_``, ``-``, ``.`` and ``#``; the earlier name goes first:

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
    - ``email``: email address; ``phone``: phone number, mobile;
      ``name``: customer name, buyer name

    :func:`crmlib.sources.suggest_mapping` looks further.

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
    if isinstance(columns, str | os.PathLike):
        columns = OrderMapping.load(columns)
    forced, known = choose_source(source, columns)
    saved = isinstance(columns, OrderMapping)
    mapping = columns if isinstance(columns, OrderMapping) else OrderMapping(columns=columns or {})
    is_header = make_header_test(forced, known, mapping.columns)
    sheets = read_sheets(orders, is_header, encoding=encoding, password=password)
    sources = settle_sources(sheets, forced, known, mapping, saved=saved)
    batches = make_batches(sheets, sources)
    kept = check_kept(keep or {}, batches)
    parts = []
    for batch in batches:
        given = {} if saved or not fits_some(batch, batches, mapping) else mapping.columns
        lines = arrange(batch, given, sales_channel, kept)
        try:
            part = make_transactions(
                lines,
                source=batch.name,
                timezone=timezone or batch.source.timezone,
                refunds=refunds,
                unknown_customers=unknown_customers,
                duplicates=duplicates,
                non_product=non_product,
                non_product_ids=non_product_ids or batch.source.non_product_ids,
                currency=currency,
                date_order=date_order or batch.source.date_order,
                decimal=decimal or batch.source.decimal,
                region=batch.source.region,
                further=tuple(kept),
            )
        except MissingColumnsError as error:
            raise _say_how_to_map(batch, error) from error
        parts.append(part)
    return parts[0] if len(sheets) == 1 else Orders.join(*parts)


def _say_how_to_map(batch: Batch, error: MissingColumnsError) -> MissingColumnsError:
    """Name the headers that there are, and the ways to say what they hold."""
    wanted = ", ".join(f"{column!r}: '<header>'" for column in error.missing)
    options = " ".join(f"--column '{column}=<header>'" for column in error.missing)
    way_out = (
        f"say which headers hold them: columns={{{wanted}}} in Python, {options} on the "
        "command line, or [data.columns] in a campaign file"
    )
    return MissingColumnsError(batch.name, error.missing, batch.headers, way_out)
