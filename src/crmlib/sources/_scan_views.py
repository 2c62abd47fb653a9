"""The views of a scan: lines, those that are used, and those set aside."""

# ruff: noqa: S608 -- what files hold stands in no query, and names are quoted
from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from crmlib.sources._scan_lines import (
    LARGEST_AMOUNT,
    are_aware,
    are_typed,
    list_columns,
    read_lines,
)
from crmlib.sources._scan_rules import (
    DUPLICATE,
    NON_PRODUCT,
    REFUND,
    UNKNOWN_CUSTOMER,
    by_status,
    first_detail,
    first_reason,
    is_used,
    other_currency,
    unreadable,
)
from crmlib.sources._scan_survey import (
    find_currency,
    find_repeats,
    settle_orders,
    survey,
)
from crmlib.tables import MINOR_UNITS, order_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from crmlib.sources._scan_files import ScanFile
    from crmlib.sources._scan_layouts import Layout
    from crmlib.sources._scan_lines import Reading
    from crmlib.sources._scan_rules import ScanRule


@attrs.frozen(kw_only=True)
class Policies:
    """What becomes of rows that can be read; see :func:`crmlib.tables.make_transactions`."""

    refunds: str
    unknown_customers: str
    duplicates: str
    non_product: str
    currency: str | None


def make_views(
    connection: duckdb.DuckDBPyConnection,
    *,
    files: Sequence[ScanFile],
    layouts: Sequence[Layout],
    reading: Reading,
    date_order: Literal["auto", "day-first", "month-first"],
    policies: Policies,
) -> None:
    """Make the views ``crm_used`` and ``crm_set_aside``.

    Parameters
    ----------
    connection : DuckDBPyConnection
    files : sequence of ScanFile
        In the order given.
    layouts : sequence of Layout
        The same files.
    reading : Reading
        What is known beforehand of how to read them.
    date_order : {"auto", "day-first", "month-first"}
    policies : Policies
    """
    connection.execute(
        "CREATE TEMP TABLE crm_files (crm_file VARCHAR, number INT, source VARCHAR)"
    )
    connection.executemany(
        "INSERT INTO crm_files VALUES (?, ?, ?)",
        [(file.path, number, file.name) for number, file in enumerate(files)],
    )
    named = reading.currency or any("currency" in layout.cells for layout in layouts)
    seen = survey(connection, layouts)
    reading = attrs.evolve(
        reading,
        month_first=seen.month_first if date_order == "auto" else date_order == "month-first",
        signs=seen.several_signs and not named,
    )
    columns = list_columns(layouts, reading)
    lines = {
        "crm_lines": read_lines(layouts, reading, numbered=False),
        "crm_numbered_lines": read_lines(layouts, reading, numbered=True),
    }
    _define(connection, lines)
    rules = _judge(connection, columns, lines, policies, aware=are_aware(layouts))
    origin = "crm_numbered_lines" if DUPLICATE in rules else "crm_lines"
    connection.execute(
        f"CREATE TEMP VIEW crm_used AS SELECT {', '.join(columns)} FROM {origin} "
        f"WHERE {is_used(rules, typed=are_typed(layouts))}"
    )
    connection.execute(
        "CREATE TEMP VIEW crm_set_aside AS SELECT files.number, files.source, crm_row AS row, "
        f"{first_reason(rules)} AS reason, {first_detail(rules)} AS detail, "
        f"CASE WHEN problem IS NULL AND abs(amount) < {LARGEST_AMOUNT} "
        f"THEN (amount * {MINOR_UNITS})::BIGINT / {MINOR_UNITS} END AS amount, "
        "customer_id, order_id "
        f"FROM (FROM crm_numbered_lines WHERE NOT ({is_used(rules, typed=False)})) AS lines "
        "JOIN crm_files AS files ON lines.crm_file = files.crm_file"
    )


def _judge(
    connection: duckdb.DuckDBPyConnection,
    columns: Sequence[str],
    lines: dict[str, str],
    policies: Policies,
    *,
    aware: bool,
) -> list[ScanRule]:
    """Give the rules in their order; what they need to know of all lines is found out."""
    rules = unreadable(aware=aware)
    if "status" in columns:
        cancelled = by_status(settled=False)[:1]
        settled = policies.refunds == "net" and settle_orders(
            connection, columns, [*rules, *cancelled]
        )
        if settled:
            same = _are_same(order_key(columns))
            for name, query in lines.items():
                lines[name] = (
                    f"SELECT lines.*, crm_settled FROM ({query}) AS lines "
                    f"LEFT JOIN crm_settled_orders AS other ON {same}"
                )
            _define(connection, lines)
        rules += by_status(settled=settled)
    if "currency" in columns:
        wanted = policies.currency or find_currency(connection, rules)
        rules += [other_currency(wanted.upper())] if wanted else []
    if policies.non_product == "set-aside" and "product_id" in columns:
        rules.append(NON_PRODUCT)
    if policies.unknown_customers == "set-aside":
        rules.append(UNKNOWN_CUSTOMER)
    if policies.refunds == "set-aside":
        rules.append(REFUND)
    if (
        policies.duplicates == "set-aside"
        and "line_id" in columns
        and find_repeats(connection, columns, rules)
    ):
        query = lines["crm_numbered_lines"]
        lines["crm_numbered_lines"] = (
            f"SELECT lines.*, crm_repeated FROM ({query}) AS lines "
            f"LEFT JOIN crm_repeats AS other ON {_are_same(['crm_file', 'crm_row'])}"
        )
        _define(connection, lines)
        rules.append(DUPLICATE)
    return rules


def _define(connection: duckdb.DuckDBPyConnection, views: dict[str, str]) -> None:
    """Make or replace views."""
    for name, query in views.items():
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {query}")


def _are_same(names: Sequence[str]) -> str:
    """Give SQL that is true where two tables, lines and other, hold the same."""
    return " AND ".join(f"lines.{name} IS NOT DISTINCT FROM other.{name}" for name in names)
