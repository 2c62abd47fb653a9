"""Files with the same columns, read as one table, under canonical names."""

# ruff: noqa: S608 -- what files hold stands in no query, and names are quoted
from __future__ import annotations

import glob
from typing import TYPE_CHECKING

import attrs
import pandas as pd

from crmlib.exceptions import InvalidTableError, MissingColumnsError, UnsupportedFeatureError
from crmlib.sources._generic import GenericSource
from crmlib.sources._generic_headers import check_given
from crmlib.sources._online_retail import OnlineRetailSource
from crmlib.sources._order_mapping import OrderMapping
from crmlib.sources._registry import recognise
from crmlib.sources._scan_cells import TEXT, literal, unescape_cell
from crmlib.tables import OPTIONAL_COLUMNS, REQUIRED_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmlib.sources._order_source import OrderSource
    from crmlib.sources._scan_files import ScanFile

FILE = "crm_file"
"""Column with the path that a row was read from."""

_FACTORS = ("quantity", "unit_price")
_READ_ELSEWHERE = ("refunded", "shipping_fee")


@attrs.frozen(kw_only=True)
class Layout:
    """Files with the same columns.

    Parameters
    ----------
    files : tuple of ScanFile
        At least one.
    cells : dict of str to str
        Column of the lines to SQL of its cells.
    kinds : dict of str to str
        Column of the lines to the DuckDB type of its cells.
    is_escaped : bool
        Whether :func:`crmlib.tables.write_csv` may have written the files.
    """

    files: tuple[ScanFile, ...]
    cells: dict[str, str]
    kinds: dict[str, str]
    is_escaped: bool

    def relation(self, *, numbered: bool) -> str:
        """Give SQL of the table; where *numbered*, ``crm_row`` counts from 1 in each file."""
        rows = self._read_rows(numbered=numbered)
        texts = {self.cells[name] for name, kind in self.kinds.items() if kind == TEXT}
        if not self.is_escaped or not texts:
            return rows
        plain = (f"{unescape_cell(cell)} AS {cell}" for cell in sorted(texts))
        return f"(SELECT * REPLACE ({', '.join(plain)}) FROM {rows})"

    def _read_rows(self, *, numbered: bool) -> str:
        """Give SQL of the table with its cells as they stand."""
        first = self.files[0]
        paths = ", ".join(literal(glob.escape(file.path)) for file in self.files)
        table = f"{first.function}([{paths}], filename='{FILE}', {first.options})"
        if not numbered:
            return f"(FROM {table})"
        if first.counted:
            return f"(SELECT *, file_row_number + 1 AS crm_row FROM {table})"
        starts, start = [], 0
        for file in self.files:
            starts.append(f"WHEN {literal(file.path)} THEN {start}")
            start += file.n_rows
        # DuckDB numbers the rows of all files one after the other.
        return (
            f"(SELECT *, row_number() OVER () - CASE {FILE} {' '.join(starts)} END AS crm_row "
            f"FROM {table})"
        )


def find_source(
    files: Sequence[ScanFile],
    forced: OrderSource | None,
    known: Sequence[OrderSource],
    given: Mapping[str, str],
) -> OrderSource:
    """Give the source that all *files* come from.

    Parameters
    ----------
    files : sequence of ScanFile
    forced : OrderSource, optional
        That they are said to come from.
    known : sequence of OrderSource
        Those that may be recognised.
    given : mapping of str to str
        Canonical column to header, for files that none of these knows.

    Raises
    ------
    UnsupportedFeatureError
        If it is a source whose rows are no lines on their own.
    InvalidTableError
        If they come from several.
    """
    fallback = GenericSource(OrderMapping(columns=given))
    sources = {}
    for file in files:
        source = forced or recognise(file.headers, known) or fallback
        if not isinstance(source, GenericSource | OnlineRetailSource):
            raise UnsupportedFeatureError(
                "scan_orders", f"files of {source.name!r} ({file.name})", "use crmlib.read_orders"
            )
        sources[source.name] = source
    if len(sources) > 1:
        raise InvalidTableError(
            "the order files", f"come from {sorted(sources)}", "scan them one source at a time"
        )
    return next(iter(sources.values()))


def make_layouts(
    files: Sequence[ScanFile],
    source: OrderSource,
    given: Mapping[str, str],
    kept: Mapping[str, str],
) -> list[Layout]:
    """Put together *files* with the same columns, and further ones that are *kept*.

    Raises
    ------
    MissingColumnsError
        If a needed column is not there.
    InvalidTableError
        If a header comes twice.
    UnsupportedFeatureError
        If a column holds what only :func:`crmlib.read_orders` reads.
    """
    groups: dict[object, list[ScanFile]] = {}
    for file in files:
        key = (file.function, file.options, file.headers, file.kinds, file.problem)
        groups.setdefault(key, []).append(file)
    layouts = []
    for group in groups.values():
        first = group[0]
        places = _find_columns(first, source, given)
        order = [name for name in (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS) if name in places]
        for name, header in kept.items():
            if header in first.headers:
                places[name] = first.headers.index(header)
                order.append(name)
        layouts.append(
            Layout(
                files=tuple(group),
                cells={name: first.columns[places[name]] for name in order},
                kinds={name: first.kinds[places[name]] for name in order},
                is_escaped=isinstance(source, GenericSource),
            )
        )
    return layouts


def _find_columns(file: ScanFile, source: OrderSource, given: Mapping[str, str]) -> dict[str, int]:
    """Give the place of each canonical column in a file."""
    repeated = sorted({name for name in file.headers if file.headers.count(name) > 1} - {""})
    if repeated:
        raise InvalidTableError(file.name, f"repeats the headers {repeated}", "rename one of them")
    # These sources only pick columns, so a row that holds the headers says which.
    headers = pd.DataFrame([file.headers], columns=pd.Index(file.headers, dtype=object))
    arranged = source.arrange({"orders": headers})
    found = {str(name): str(arranged[name].iloc[0]) for name in arranged}
    if not isinstance(source, GenericSource):
        found |= check_given(file.name, file.headers, given)
    missing = [name for name in REQUIRED_COLUMNS if name not in found]
    if "amount" in missing and all(name in found for name in _FACTORS):
        missing.remove("amount")
    if missing:
        raise MissingColumnsError(
            file.name,
            missing,
            list(file.headers),
            "say which headers hold them with columns={…}; amount may also come as quantity and "
            "unit_price, and crmlib.read_orders tells customers by their contacts",
        )
    for name in _READ_ELSEWHERE:
        if name in found:
            raise UnsupportedFeatureError(
                "scan_orders", f"the column {name}", "crmlib.read_orders nets money off"
            )
    return {name: file.headers.index(header) for name, header in found.items()}
