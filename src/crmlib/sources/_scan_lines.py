"""SQL that reads canonical lines, whether they can be used or not."""

# ruff: noqa: S608 -- what files hold stands in no query, and names are quoted
from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmlib.sources._scan_cells import (
    INTEGERS,
    TEXT,
    check_kind,
    literal,
    matches,
    raw_text,
    read_currency_sign,
    read_id,
    read_number,
    read_status,
    read_text,
)
from crmlib.sources._scan_instants import TIMES, read_instant, read_local
from crmlib.sources._scan_layouts import FILE
from crmlib.tables import MINOR_UNITS, OPTIONAL_COLUMNS, REQUIRED_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmlib.sources._scan_layouts import Layout

LARGEST_AMOUNT = 2**53 / MINOR_UNITS
"""Numbers from here on are no amounts, as with :mod:`crmlib.tables`."""

_IDS = ("customer_id", "order_id", "line_id", "product_id")
_OTHER_IDS = ("line_id", "product_id")  # of which "nan" may be one
_UP = (
    "crm_minor - floor(crm_minor) > 0.5 "
    "OR crm_minor - floor(crm_minor) = 0.5 AND floor(crm_minor) % 2 <> 0"
)
_ROUNDED = (
    f"CASE WHEN isfinite(crm_minor) THEN floor(crm_minor) + CASE WHEN {_UP} THEN 1 ELSE 0 END "
    f"ELSE crm_minor END / {MINOR_UNITS}"
)  # halves to even numbers, as numpy does it


@attrs.frozen(kw_only=True)
class Reading:
    """How cells are to be read.

    Parameters
    ----------
    timezone, decimal, non_product_ids : str
        See :func:`crmlib.tables.make_transactions`.
    month_first : bool, optional
        How ``9/12/2011`` is to be read; None: not at all.
    sales_channel, currency : str, optional
        What a line is given that names none.
    signs : bool
        Whether the signs at amounts name currencies, though no column does.
    """

    timezone: str
    decimal: str
    non_product_ids: str
    month_first: bool | None = None
    sales_channel: str | None = None
    currency: str | None = None
    signs: bool = False


def list_columns(layouts: Sequence[Layout], reading: Reading) -> list[str]:
    """Give the canonical columns that the lines have."""
    there = {name for layout in layouts for name in layout.cells} | {"amount"}
    if reading.sales_channel:
        there.add("sales_channel")
    if reading.currency or reading.signs:
        there.add("currency")
    return [name for name in (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS) if name in there]


def read_lines(layouts: Sequence[Layout], reading: Reading, *, numbered: bool) -> str:
    """Give SQL of one row per row of the files.

    Besides the canonical columns (an amount may be infinite) there are
    ``crm_file`` and ``problem``; ``written_at`` and ``written_amount``, the
    texts that were read; ``status_word``; ``is_product``; and, where
    *numbered*, ``crm_row``, from 1 in each file.
    """
    columns = list_columns(layouts, reading)
    whole = {
        name
        for name in _IDS
        if all(layout.kinds.get(name, "BIGINT") in INTEGERS for layout in layouts)
    }
    tables = [_read_layout(layout, columns, whole, reading, numbered) for layout in layouts]
    return " UNION ALL ".join(tables)


def _read_layout(
    layout: Layout, columns: Sequence[str], whole: set[str], reading: Reading, numbered: bool
) -> str:
    """Give SQL of the lines of a layout.

    What is used twice is computed in a table of its own below, as DuckDB
    would compute it twice.
    """
    kinds = layout.kinds
    cells = {name: f"cells.{cell}" for name, cell in layout.cells.items()}
    for name, kind in kinds.items():
        check_kind(name, kind, TIMES if name == "ordered_at" else frozenset())
    local = read_local(cells["ordered_at"], kinds["ordered_at"])
    below = [f"{local} AS crm_local"]
    for name in ("amount", "quantity", "unit_price"):
        if name in cells:
            number = read_number(cells[name], kinds[name], reading.decimal)
            below.append(f"{number} AS crm_{name}")
    inner = f"SELECT *, {', '.join(below)} FROM {layout.relation(numbered=numbered)} AS cells"
    priced = "amount" if "amount" in cells else "unit_price"
    if "amount" not in cells:
        minor = f"crm_quantity * crm_unit_price * {MINOR_UNITS}"
        inner = f"SELECT *, {minor} AS crm_minor FROM ({inner}) AS cells"
    values = {
        "ordered_at": read_instant(
            "crm_local",
            cells["ordered_at"],
            kinds["ordered_at"],
            reading.timezone,
            reading.month_first,
        ),
        "amount": "crm_amount" if "amount" in cells else _ROUNDED,
        "quantity": _as_number("quantity", cells),
        "unit_price": _as_number("unit_price", cells),
    }
    for name in columns:
        if name in _IDS:
            cast = "" if name in whole else "::VARCHAR"
            values[name] = f"({_read_id(name, cells, kinds)}){cast}"
        elif name not in values:
            values[name] = (
                read_text(cells[name], kinds[name]) if name in cells else "NULL::VARCHAR"
            )
    if "currency" in columns:
        sign = read_currency_sign(cells[priced]) if kinds[priced] == TEXT else "NULL"
        named = _or_else(values["currency"], reading.currency)
        values["currency"] = f"coalesce({named}, {sign})"
    if "sales_channel" in columns:
        values["sales_channel"] = _or_else(values["sales_channel"], reading.sales_channel)
    selected = [f"{values[name]} AS {name}" for name in columns]
    selected += _describe(layout, cells, reading)
    rows = ", crm_row" if numbered else ""
    return f"SELECT {', '.join(selected)}, {FILE}{rows} FROM ({inner}) AS cells"


def _describe(layout: Layout, cells: dict[str, str], reading: Reading) -> list[str]:
    """Give SQL of the columns by which lines are judged and described."""
    kinds = layout.kinds
    texts = {name: raw_text(cells[name], kinds[name]) for name in cells}
    if "amount" in cells:
        written = texts["amount"]
    else:
        both = (f"coalesce({texts[name]}, 'nan')" for name in ("quantity", "unit_price"))
        written = " || ' x ' || ".join(both)
    is_product = "true"
    if "product_id" in cells:
        product = f"({_read_id('product_id', cells, kinds)})::VARCHAR"
        is_product = f"NOT coalesce({matches(product, reading.non_product_ids)}, false)"
    status = read_status(texts["status"]) if "status" in cells else "NULL::VARCHAR"
    return [
        f"{layout.files[0].problem} AS problem",
        f"{texts['ordered_at']} AS written_at",
        f"{written} AS written_amount",
        f"{status} AS status_word",
        f"{is_product} AS is_product",
    ]


def _read_id(name: str, cells: dict[str, str], kinds: dict[str, str]) -> str:
    """Give SQL of an id."""
    if name not in cells:
        return "NULL::BIGINT"
    return read_id(cells[name], kinds[name], any_word=name in _OTHER_IDS)


def _as_number(name: str, cells: dict[str, str]) -> str:
    """Give SQL of a quantity or a price."""
    if name not in cells:
        return "NULL::DOUBLE"
    return f"CASE WHEN abs(crm_{name}) < {LARGEST_AMOUNT} THEN crm_{name} END"


def _or_else(text: str, default: str | None) -> str:
    """Give SQL of a text, and of what stands for it where there is none."""
    return text if default is None else f"coalesce({text}, {literal(default)})"
