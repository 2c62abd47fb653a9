"""What single lines do not tell, asked of all of them at once."""

# ruff: noqa: S608 -- what files hold stands in no query, and names are quoted
from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmlib.exceptions import UnreadableFileError
from crmlib.sources._scan_cells import TEXT, read_currency_sign
from crmlib.sources._scan_rules import REPEATED, SETTLED, is_one_of, is_used
from crmlib.tables import order_key
from crmlib.tables._rules import RETURNED

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from crmlib.sources._scan_layouts import Layout
    from crmlib.sources._scan_rules import ScanRule

_MONTHS = 12
_FIRST_PART = 100


@attrs.frozen(kw_only=True)
class Survey:
    """What all cells of text tell together.

    Parameters
    ----------
    month_first : bool, optional
        Whether the month comes first in ``9/12/2011``; None if nothing tells.
    several_signs : bool
        Whether amounts bear signs of several currencies.
    """

    month_first: bool | None
    several_signs: bool


def survey(connection: duckdb.DuckDBPyConnection, layouts: Sequence[Layout]) -> Survey:
    """Look once at all cells of text, and make sure that DuckDB sees every row.

    Raises
    ------
    UnreadableFileError
        If it does not.
    """
    largest = [0, 0]
    signs: set[str] = set()
    for layout in layouts:
        priced = "amount" if "amount" in layout.cells else "unit_price"
        when, amount = layout.cells["ordered_at"], layout.cells[priced]
        parts = sign = "NULL"
        if layout.kinds["ordered_at"] == TEXT:
            year_first = f"regexp_matches({when}, '^[0-9]{{4}}')"
            parts = f"CASE WHEN NOT {year_first} THEN crm_year_last({when}) END"
        if layout.kinds[priced] == TEXT:
            number = f"try_cast({amount} AS DOUBLE)"
            sign = f"CASE WHEN {number} IS NULL THEN {read_currency_sign(amount)} END"
        if parts == sign:
            continue
        n_rows, first, second, found = connection.execute(
            f"SELECT count(*), max(parts // {_FIRST_PART}), max(parts % {_FIRST_PART}), "
            "list(DISTINCT sign) FILTER (sign IS NOT NULL) FROM "
            f"(SELECT {parts}::BIGINT AS parts, {sign} AS sign "
            f"FROM {layout.relation(numbered=False)})"
        ).fetchall()[0]
        expected = sum(file.n_rows for file in layout.files)
        if n_rows != expected:
            raise UnreadableFileError(
                ", ".join(file.name for file in layout.files),
                f"has {expected} rows, of which DuckDB reads {n_rows}",
                "save it anew, or read it with crmlib.read_orders",
            )
        largest = [max(old, new or 0) for old, new in zip(largest, (first, second), strict=True)]
        signs.update(found or [])
    month_may_lead, month_may_follow = (part <= _MONTHS for part in largest)
    return Survey(
        month_first=None if month_may_lead == month_may_follow else month_may_lead,
        several_signs=len(signs) > 1,
    )


def find_currency(connection: duckdb.DuckDBPyConnection, rules: Sequence[ScanRule]) -> str | None:
    """Give the currency of most lines used, the first in the alphabet among equals."""
    found = connection.execute(
        f"SELECT upper(currency) AS name FROM crm_lines WHERE {is_used(rules, typed=False)} "
        "AND currency IS NOT NULL GROUP BY name ORDER BY count(*) DESC, name LIMIT 1"
    ).fetchall()
    return found[0][0] if found else None


def settle_orders(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[str], rules: Sequence[ScanRule]
) -> bool:
    """Keep the orders that hold a returned line and its return in ``crm_settled_orders``.

    Parameters
    ----------
    connection : DuckDBPyConnection
    columns : sequence of str
        Of the lines.
    rules : sequence of ScanRule
        By which lines have been set aside already.

    Returns
    -------
    bool
        Whether there are any.
    """
    key = ", ".join(order_key(columns))
    returned = f"SELECT {key} FROM crm_lines WHERE {is_one_of(RETURNED)} AND amount >= 0"
    if not connection.execute(f"{returned} LIMIT 1").fetchall():
        return False
    connection.execute(
        f"CREATE TEMP TABLE crm_settled_orders AS SELECT *, true AS {SETTLED} FROM ("
        f"SELECT {key} FROM crm_lines WHERE {is_used(rules, typed=False)} AND amount < 0 "
        f"INTERSECT {returned})"
    )
    return bool(connection.execute("SELECT 1 FROM crm_settled_orders LIMIT 1").fetchall())


def find_repeats(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[str], rules: Sequence[ScanRule]
) -> bool:
    """Keep the places of lines that came before in ``crm_repeats``; tell whether there are any.

    Parameters
    ----------
    connection : DuckDBPyConnection
    columns : sequence of str
        Of the lines.
    rules : sequence of ScanRule
        By which lines have been set aside already.
    """
    names = [name for name in ("sales_channel", "order_id", "line_id") if name in columns]
    key = ", ".join(names)
    known = f"{is_used(rules, typed=False)} AND line_id IS NOT NULL"
    connection.execute(
        f"CREATE TEMP TABLE crm_repeated AS SELECT {key} FROM crm_lines WHERE {known} "
        f"GROUP BY {key} HAVING count(*) > 1"
    )
    if not connection.execute("SELECT 1 FROM crm_repeated LIMIT 1").fetchall():
        return False
    same = " AND ".join(f"lines.{name} IS NOT DISTINCT FROM again.{name}" for name in names)
    by = ", ".join(f"lines.{name}" for name in names)
    connection.execute(
        f"CREATE TEMP TABLE crm_repeats AS SELECT crm_file, crm_row, true AS {REPEATED} FROM ("
        "SELECT lines.crm_file, lines.crm_row, row_number() OVER ("
        f"PARTITION BY {by} ORDER BY files.number, lines.crm_row) AS place "
        f"FROM (FROM crm_numbered_lines WHERE {known}) AS lines "
        f"JOIN crm_repeated AS again ON {same} "
        "JOIN crm_files AS files ON lines.crm_file = files.crm_file) WHERE place > 1"
    )
    return True
