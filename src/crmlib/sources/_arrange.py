"""From tables of cells to raw lines under canonical names, none of them lost."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import attrs
import numpy as np
import pandas as pd

from crmlib.exceptions import (
    CRMLibError,
    InvalidTableError,
    MissingColumnsError,
    PluginLoadError,
)
from crmlib.sources._accounts import name_accounts
from crmlib.sources._generic import GenericSource, as_written
from crmlib.sources._generic_headers import check_given
from crmlib.sources._order_source import OrderSource, plain_header
from crmlib.sources._registry import find_package
from crmlib.tables import CONTACT_FIELDS, read_texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmlib.sources._sheet import Sheet


@attrs.frozen(kw_only=True, eq=False)
class Batch:
    """Tables that one source arranges together.

    Parameters
    ----------
    source : OrderSource
    sheets : dict of str to list of Sheet
        By kind of file.
    """

    source: OrderSource
    sheets: dict[str, list[Sheet]]

    @property
    def name(self) -> str:
        """What to call it in errors."""
        return ", ".join(sheet.name for kind in self.sheets.values() for sheet in kind)

    @property
    def headers(self) -> list[str]:
        """The headers of all its files."""
        tables = [sheet.table for kind in self.sheets.values() for sheet in kind]
        return list(dict.fromkeys(str(header) for table in tables for header in table.columns))


def make_batches(sheets: Sequence[Sheet], sources: Sequence[OrderSource]) -> list[Batch]:
    """Put together what has to be read together: all files of a source with several kinds.

    Raises
    ------
    MissingColumnsError
        If a file lacks headers of the source that it is said to come from.
    """
    batches: list[Batch] = []
    several: dict[str, Batch] = {}
    for sheet, source in zip(sheets, sources, strict=True):
        headers = [str(header) for header in sheet.table.columns]
        kind = "orders" if isinstance(source, GenericSource) else source.recognise(headers)
        if kind is None:
            raise _lacking(sheet, source, headers)
        if len(source.kinds) > 1 and source.name in several:
            several[source.name].sheets.setdefault(kind, []).append(sheet)
            continue
        batch = Batch(source=source, sheets={kind: [sheet]})
        batches.append(batch)
        if len(source.kinds) > 1:
            several[source.name] = batch
    return batches


def arrange(
    batch: Batch,
    given: Mapping[str, str],
    sales_channel: str | None,
    keep: Mapping[str, str] = MappingProxyType({}),
) -> pd.DataFrame:
    """Give the raw lines of a batch, with the place that each comes from.

    Parameters
    ----------
    batch : Batch
    given : mapping of str to str
        Canonical column to header, as the caller wants it.
    sales_channel : str, optional
        What a line is given that names none, instead of what the source says.
    keep : mapping of str to str
        Further column to header; what a file does not have is empty.

    Raises
    ------
    MissingColumnsError
        If a header that is *given* is not there.
    InvalidTableError
        If a header comes twice over different cells.
    PluginLoadError
        If the source loses, repeats or invents rows, or fails.
    """
    tables, places = _number_rows(batch)
    lines = _ask_source(batch, tables, places.index)
    lines = lines.assign(source=places["source"], row=places["row"])
    if given and not isinstance(batch.source, GenericSource):
        cells = pd.concat(tables.values()).reindex(places.index)
        for name, header in check_given(batch.name, batch.headers, given).items():
            lines[name] = cells[header]
    for name, header in keep.items():
        parts = [table[header] for table in tables.values() if header in table]
        nothing = pd.Series(index=places.index, dtype="str")
        kept = pd.concat(parts).reindex(places.index) if parts else nothing
        lines[name] = as_written(kept) if isinstance(batch.source, GenericSource) else kept
    problems = places["problem"]
    lines["problem"] = lines["problem"].fillna(problems) if "problem" in lines else problems
    channel = sales_channel or batch.source.sales_channel
    _fill(lines, "sales_channel", channel)
    _fill(lines, "currency", batch.source.currency)
    if "customer_id" not in lines and any(name in lines for name in CONTACT_FIELDS):
        lines["customer_id"] = name_accounts(
            lines, channel or batch.source.name, batch.source.region
        )
    return lines.reset_index(drop=True)


def _ask_source(batch: Batch, tables: Mapping[str, pd.DataFrame], rows: pd.Index) -> pd.DataFrame:
    """Let the source arrange its files, and see that each of *rows* comes back once."""
    source = batch.source
    try:
        lines = source.arrange(tables)
        if not lines.columns.is_unique:
            problem = "its arrange() gives one column twice"
        elif lines.index.equals(rows):
            return lines
        elif len(lines) == len(rows) and lines.index.is_unique and rows.isin(lines.index).all():
            return lines.reindex(rows)
        else:
            problem = "its arrange() loses, repeats or invents rows"
    except MissingColumnsError as error:
        raise MissingColumnsError(
            batch.name, error.missing, error.available, error.way_out
        ) from error
    except InvalidTableError as error:
        raise InvalidTableError(batch.name, error.problem, error.way_out) from error
    except CRMLibError:
        raise
    except Exception as error:
        problem = f"its arrange() fails, {type(error).__name__}: {error}"
        raise PluginLoadError("source", source.name, find_package(source.name), problem) from error
    raise PluginLoadError("source", source.name, find_package(source.name), problem)


def _number_rows(batch: Batch) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Give the tables with index labels of their own, and where each row comes from."""
    tables: dict[str, pd.DataFrame] = {}
    places = []
    start = 0
    for kind, sheets in batch.sheets.items():
        parts = []
        for sheet in sheets:
            labels = pd.RangeIndex(start, start + len(sheet.table))
            start = labels.stop
            parts.append(_without_repeats(sheet).set_axis(labels, axis=0))
            place = {
                "source": pd.array([sheet.name], dtype="str").repeat(len(labels)),
                "row": np.arange(1, len(labels) + 1),
                "problem": sheet.problems.array,
            }
            places.append(pd.DataFrame(place, index=labels))
        tables[kind] = parts[0] if len(parts) == 1 else pd.concat(parts)
    return tables, places[0] if len(places) == 1 else pd.concat(places)


def _without_repeats(sheet: Sheet) -> pd.DataFrame:
    """Give a table in which no header comes twice; equal columns are one."""
    headers = [str(header) for header in sheet.table.columns]
    table = sheet.table.set_axis(headers, axis=1)
    kept: dict[str, int] = {}
    for place, header in enumerate(headers):
        first = kept.setdefault(header, place)
        if header and place > first and not table.iloc[:, place].equals(table.iloc[:, first]):
            raise InvalidTableError(
                sheet.name, f"repeats the headers {[header]}", "rename one of them"
            )
    return table.iloc[:, list(kept.values())]


def _fill(lines: pd.DataFrame, name: str, value: str | None) -> None:
    """Put *value* where a column of *lines* says nothing."""
    if value is None:
        return
    if name in lines:
        texts = read_texts(lines[name]).set_axis(lines.index)
        lines[name] = texts.fillna(value)
    else:
        lines[name] = pd.array([value], dtype="str").repeat(len(lines))


def _lacking(sheet: Sheet, source: OrderSource, headers: Sequence[str]) -> MissingColumnsError:
    """Say which headers of *source* a file lacks, of the kind of which it has most."""
    plain = {plain_header(header) for header in headers}
    lacking = [
        [group[0] for group in groups if not plain.intersection(map(plain_header, group))]
        for groups in source.kinds.values()
    ]
    return MissingColumnsError(
        sheet.name,
        min(lacking, key=len),
        list(headers),
        f"a file of {source.name!r} has them: export it again, or leave source= out",
    )
