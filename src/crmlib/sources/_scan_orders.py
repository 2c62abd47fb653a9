"""Order files that are larger than memory, in."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal, get_args

import duckdb

from crmlib.exceptions import InvalidParameterError, UnreadableFileError
from crmlib.sources._choose_source import choose_source, make_header_test
from crmlib.sources._kept_columns import check_kept
from crmlib.sources._order_mapping import OrderMapping
from crmlib.sources._order_scan import OrderScan
from crmlib.sources._scan_files import find_files
from crmlib.sources._scan_functions import register_readers
from crmlib.sources._scan_layouts import find_source, make_layouts
from crmlib.sources._scan_lines import Reading
from crmlib.sources._scan_views import Policies, make_views
from crmlib.tables import get_zone

if TYPE_CHECKING:
    from collections.abc import Mapping

_Policy = Literal["set-aside", "keep"]
_Refunds = Literal["net", "set-aside"]
_DateOrder = Literal["auto", "day-first", "month-first"]
_Decimal = Literal[".", ","]


def scan_orders(
    files: Any,
    *,
    columns: Mapping[str, str] | OrderMapping | str | os.PathLike[str] | None = None,
    timezone: str | None = None,
    refunds: _Refunds = "net",
    unknown_customers: _Policy = "set-aside",
    duplicates: _Policy = "set-aside",
    non_product: _Policy = "set-aside",
    currency: str | None = None,
    date_order: _DateOrder | None = None,
    decimal: _Decimal | None = None,
    encoding: str | None = None,
    keep: Mapping[str, str] | None = None,
    memory_limit: str = "1500MB",
    threads: int | None = None,
    temp_folder: str | os.PathLike[str] | None = None,
) -> OrderScan:
    r"""Read order lines from files that are larger than memory.

    The lines stay in the files; embedded DuckDB reads them when they are
    asked for.  Rows that cannot be used are set aside by the rules of
    :func:`crmlib.read_orders`, whose words and numbers they have.

    Parameters
    ----------
    files : path, or list of them
        CSV files (plain or gzip) and Parquet files; folders and patterns such
        as ``"lines/*.parquet"``.  They are parts of one table, of no known
        source or of UCI Online Retail.
    columns, timezone, currency, date_order, decimal, encoding, keep : optional
        See :func:`crmlib.read_orders`.
    refunds, unknown_customers, duplicates, non_product
        See :func:`crmlib.tables.make_transactions`.
    memory_limit : str, default="1500MB"
        What DuckDB may use; beyond it, it writes to *temp_folder*.  The
        process takes some hundred megabytes more.
    threads : int, optional
        By default one per core.
    temp_folder : path, optional
        Where a folder for temporary files is made, and removed in the end; by
        default that of the system.  Put it on a disk with room for as much as
        the files hold.

    Returns
    -------
    OrderScan
        ``table``, a DuckDB relation of canonical lines; ``set_aside``;
        ``report()``.

    Raises
    ------
    UnreadableFileError
        If there is no file, or one is empty, damaged, or in another encoding.
    MissingColumnsError
        If a needed column is not found.
    UnknownNameError
        If *columns* names a column that is not canonical.
    InvalidTableError
        If two headers could hold one column, files come from several sources,
        or a column is of a type that holds no such thing.
    UnsupportedFeatureError
        If only :func:`crmlib.read_orders` can read it: workbooks, files of
        shops whose rows belong together, columns of refunds and fees.
    InvalidParameterError
        If a policy, the zone, the limit of memory or a name in *keep* is none.

    Notes
    -----
    Other than with :func:`crmlib.read_orders`:

    - all files together are one table.  The currency and the order of day and
      month are found in all of them, and a ``line_id`` counts once in all;
      lines without one are never compared across files;
    - ids that are whole numbers in Parquet files stay numbers;
    - there are no contacts.

    A text file in which rows are broken, or that is not in UTF-8, is written
    anew to *temp_folder*, which takes a second for some 500,000 rows.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "lines.csv")
    ...     _ = path.write_text(
    ...         "customer_id,order_id,ordered_at,amount\n"
    ...         "C1,1,2024-03-01 09:00,10\nC1,2,2024-03-09,5.50\n,3,2024-03-09,1\n"
    ...     )
    ...     with scan_orders(path) as scan:
    ...         print(scan.table.sum("amount").fetchall())
    ...         print(scan.report())
    [(15.5,)]
                      rows  amount  customers
    used                 2    15.5          1
    unknown customer     1     1.0          0
    """
    policies = Policies(
        refunds=refunds,
        unknown_customers=unknown_customers,
        duplicates=duplicates,
        non_product=non_product,
        currency=currency,
    )
    _check("refunds", refunds, _Refunds)
    for name in ("unknown_customers", "duplicates", "non_product"):
        _check(name, getattr(policies, name), _Policy)
    if isinstance(columns, str | os.PathLike):
        columns = OrderMapping.load(columns)
    saved = isinstance(columns, OrderMapping)
    forced, known = choose_source("generic" if saved else None, columns)
    given = {} if isinstance(columns, OrderMapping) or columns is None else columns
    folder = TemporaryDirectory(prefix="crmlib-", dir=temp_folder)
    connection = None
    try:
        connection = _connect(memory_limit, threads, folder.name)
        found = find_files(
            files,
            make_header_test(forced, known, given),
            connection,
            Path(folder.name),
            encoding=encoding,
        )
        source = find_source(found, forced, known, given)
        kept = check_kept(keep or {}, found)
        layouts = make_layouts(found, source, given, kept)
        reading = Reading(
            timezone=get_zone(timezone or source.timezone).key,
            decimal=_check("decimal", decimal or source.decimal, _Decimal),
            non_product_ids=source.non_product_ids,
            sales_channel=source.sales_channel,
            currency=source.currency,
            kept=tuple(kept),
        )
        order = _check("date_order", date_order or source.date_order, _DateOrder)
        make_views(
            connection,
            files=found,
            layouts=layouts,
            reading=reading,
            date_order=order,
            policies=policies,
        )
    except BaseException as error:
        if connection is not None:
            connection.close()
        folder.cleanup()
        if isinstance(error, duckdb.Error):
            problem = str(error).splitlines()[0]
            raise UnreadableFileError(
                "the order files", f"cannot be scanned ({problem})", "use crmlib.read_orders"
            ) from error
        raise
    return OrderScan(connection, folder, rows_in=sum(file.n_rows for file in found))


def _connect(memory_limit: str, threads: int | None, folder: str) -> duckdb.DuckDBPyConnection:
    """Open an embedded DuckDB with a limit of memory that writes to *folder* beyond it."""
    settings: dict[str, Any] = {
        "memory_limit": memory_limit,
        "temp_directory": folder,
        "preserve_insertion_order": False,
    }
    if threads is not None:
        settings["threads"] = threads
    try:
        connection = duckdb.connect(config=settings)
    except duckdb.Error as error:
        raise InvalidParameterError(
            "memory_limit or threads",
            (memory_limit, threads),
            f"such as '1500MB' and 2 ({str(error).splitlines()[0]})",
        ) from error
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    register_readers(connection)
    return connection


def _check(name: str, value: Any, choices: Any) -> Any:
    """Give *value*, or refuse it if it is none of the *choices*."""
    if value not in get_args(choices):
        raise InvalidParameterError(name, value, f"one of {list(get_args(choices))}")
    return value
