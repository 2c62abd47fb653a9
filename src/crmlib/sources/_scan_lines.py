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
    prepare_id,
    prepare_number,
    raw_text,
    read_currency_sign,
    read_id,
    read_number,
    read_status,
    read_text,
    read_word,
)
from crmlib.sources._scan_instants import AWARE, TIMES, prepare_local, read_instant, read_local
from crmlib.sources._scan_layouts import FILE
from crmlib.tables import MINOR_UNITS, OPTIONAL_COLUMNS, REQUIRED_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmlib.sources._scan_layouts import Layout

LARGEST_AMOUNT = 2**53 / MINOR_UNITS
"""Numbers from here on are no amounts, as with :mod:`crmlib.tables`."""

_IDS = ("customer_id", "order_id", "line_id", "product_id")
_NUMBERS = ("amount", "quantity", "unit_price")
_OTHER_IDS = ("line_id", "product_id")  # of which "nan" may be one
_MINOR = (
    "CASE WHEN isfinite(crm_quantity) AND isfinite(crm_unit_price) "
    f"THEN crm_quantity * crm_unit_price * {MINOR_UNITS} "
    "WHEN NOT isnan(crm_quantity) AND NOT isnan(crm_unit_price) THEN 'inf'::DOUBLE END"
)
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
    kept : tuple of str
        Further columns, which are texts.
    """

    timezone: str
    decimal: str
    non_product_ids: str
    month_first: bool | None = None
    sales_channel: str | None = None
    currency: str | None = None
    signs: bool = False
    kept: tuple[str, ...] = ()


def are_typed(layouts: Sequence[Layout]) -> bool:
    """Tell whether no cell that lines are judged by is read from text."""
    return not any(
        layout.kinds.get(name) == TEXT
        for layout in layouts
        for name in (*_IDS, *_NUMBERS, "ordered_at")
    )


def are_aware(layouts: Sequence[Layout]) -> bool:
    """Tell whether all times come with their zone, so that they are used as they are."""
    return all(layout.kinds["ordered_at"] == AWARE for layout in layouts)


def list_columns(layouts: Sequence[Layout], reading: Reading) -> list[str]:
    """Give the canonical columns that the lines have, and those kept besides."""
    there = {name for layout in layouts for name in layout.cells} | {"amount"}
    if reading.sales_channel:
        there.add("sales_channel")
    if reading.currency or reading.signs:
        there.add("currency")
    canonical = (name for name in (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS) if name in there)
    return [*canonical, *reading.kept]


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
    checked = not are_aware(layouts)
    return " UNION ALL ".join(
        _read_layout(layout, columns, whole, reading, checked=checked, numbered=numbered)
        for layout in layouts
    )


def _read_layout(
    layout: Layout,
    columns: Sequence[str],
    whole: set[str],
    reading: Reading,
    *,
    checked: bool,
    numbered: bool,
) -> str:
    """Give SQL of the lines of a layout."""
    kinds = layout.kinds
    cells = {name: f"cells.{cell}" for name, cell in layout.cells.items()}
    for name, kind in kinds.items():
        check_kind(name, kind, TIMES if name in {"ordered_at", *reading.kept} else frozenset())
    inner = _prepare(layout, cells, reading, numbered=numbered)
    priced = "amount" if "amount" in cells else "unit_price"
    values = {
        "ordered_at": read_instant(
            "crm_local",
            cells["ordered_at"],
            kinds["ordered_at"],
            timezone=reading.timezone,
            month_first=reading.month_first,
            checked=checked,
        ),
        "amount": "crm_amount" if "amount" in cells else _ROUNDED,
        "quantity": _as_number("quantity", cells),
        "unit_price": _as_number("unit_price", cells),
    }
    for name in columns:
        if name in _IDS and name not in cells:
            values[name] = "NULL"
        elif name in _IDS:
            values[name] = f"crm_{name}" if name in whole else f"crm_{name}::VARCHAR"
        elif name not in values:
            read = read_word if name in reading.kept else read_text
            values[name] = read(cells[name], kinds[name]) if name in cells else "NULL::VARCHAR"
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


def _prepare(layout: Layout, cells: dict[str, str], reading: Reading, *, numbered: bool) -> str:
    """Give SQL of the cells and, beside them, of ids, numbers and local times.

    What an expression needs twice is in a table of its own below it, as
    DuckDB would compute it twice.
    """
    kinds, decimal = layout.kinds, reading.decimal
    ids = [name for name in _IDS if name in cells]
    numbers = [name for name in _NUMBERS if name in cells]
    local = kinds["ordered_at"]
    texts = [f"{prepare_id(cells[name], kinds[name])} AS crm_text_{name}" for name in ids]
    casts = [
        f"{prepare_number(cells[name], kinds[name], decimal)} AS crm_cast_{name}"
        for name in numbers
    ]
    moment = f"{prepare_local(cells['ordered_at'], local)} AS crm_moment"
    table = layout.relation(numbered=numbered)
    table = f"SELECT *, {', '.join([*texts, *casts, moment])} FROM {table} AS cells"
    read = [
        f"{cells[name]} AS crm_{name}"
        if kinds[name] in INTEGERS
        else f"{read_id(f'crm_text_{name}', any_word=name in _OTHER_IDS)} AS crm_{name}"
        for name in ids
    ]
    read += [
        f"{read_number(f'crm_cast_{name}', cells[name], kinds[name], decimal)} AS crm_{name}"
        for name in numbers
    ]
    read.append(f"{read_local('crm_moment', cells['ordered_at'], local)} AS crm_local")
    table = f"SELECT *, {', '.join(read)} FROM ({table}) AS cells"
    if "amount" in cells:
        return table
    return f"SELECT *, {_MINOR} AS crm_minor FROM ({table}) AS cells"


def _describe(layout: Layout, cells: dict[str, str], reading: Reading) -> list[str]:
    """Give SQL of the columns by which lines are judged and described."""
    kinds = layout.kinds
    texts = {name: raw_text(cells[name], kinds[name]) for name in cells}
    factors = (texts[name] for name in ("quantity", "unit_price"))
    written = texts["amount"] if "amount" in cells else " || ' x ' || ".join(factors)
    is_product = "true"
    if "product_id" in cells:
        fee = matches("crm_product_id::VARCHAR", reading.non_product_ids)
        is_product = f"NOT coalesce({fee}, false)"
    status = read_status(texts["status"]) if "status" in cells else "NULL::VARCHAR"
    return [
        f"{layout.files[0].problem} AS problem",
        f"{texts['ordered_at']} AS written_at",
        f"{written} AS written_amount",
        f"{status} AS status_word",
        f"{is_product} AS is_product",
    ]


def _as_number(name: str, cells: dict[str, str]) -> str:
    """Give SQL of a quantity or a price."""
    if name not in cells:
        return "NULL::DOUBLE"
    return f"CASE WHEN abs(crm_{name}) < {LARGEST_AMOUNT} THEN crm_{name} END"


def _or_else(text: str, default: str | None) -> str:
    """Give SQL of a text, and of what stands for it where there is none."""
    return text if default is None else f"coalesce({text}, {literal(default)})"
