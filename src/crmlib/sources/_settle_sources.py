"""Which source reads each of several files, and which of them a mapping is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.exceptions import InvalidParameterError
from crmlib.sources._generic import GenericSource
from crmlib.sources._registry import recognise
from crmlib.sources._tell import tell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmlib.sources._arrange import Batch
    from crmlib.sources._order_mapping import OrderMapping
    from crmlib.sources._order_source import OrderSource
    from crmlib.sources._sheet import Sheet


def settle_sources(
    sheets: Sequence[Sheet],
    forced: OrderSource | None,
    known: Sequence[OrderSource],
    mapping: OrderMapping,
    *,
    saved: bool,
) -> list[OrderSource]:
    """Give the source of each of *sheets*.

    One that none of *known* knows is read by *mapping*.  Where it fits only
    some, the others are read by the usual names of headers, which is told.

    Parameters
    ----------
    sheets : sequence of Sheet
    forced : OrderSource, optional
        That all come from.
    known : sequence of OrderSource
        Those that they may come from.
    mapping : OrderMapping
    saved : bool
        Whether *mapping* is for unknown files alone.

    Raises
    ------
    InvalidParameterError
        If a saved mapping is for no file, as all are of known sources.
    """
    if forced is not None:
        return [forced] * len(sheets)
    found = [recognise(_headers(sheet), known) for sheet in sheets]
    unknown = [sheet for sheet, source in zip(sheets, found, strict=True) if source is None]
    if saved and not unknown:
        names = sorted({source.name for source in found if source is not None})
        raise InvalidParameterError(
            "the mapping",
            f"one for files of {names}",
            "left out, as these are read without; or used with the source 'generic'",
        )
    candidates = unknown if saved else sheets
    fitting = [sheet.name for sheet in candidates if _fits(mapping, _headers(sheet))]
    mapped, plain = GenericSource(mapping), GenericSource()
    apart = [sheet.name for sheet in unknown if fitting and sheet.name not in fitting]
    if apart:
        tell(f"{apart} lack headers of the mapping, and are read without it")
    return [
        source or (plain if sheet.name in apart else mapped)
        for sheet, source in zip(sheets, found, strict=True)
    ]


def fits_some(batch: Batch, batches: Sequence[Batch], mapping: OrderMapping) -> bool:
    """Tell whether *batch* has the headers of *mapping*, or none of *batches* has, to be told."""
    return _fits(mapping, batch.headers) or not any(
        _fits(mapping, each.headers) for each in batches
    )


def _fits(mapping: OrderMapping, headers: Iterable[str]) -> bool:
    return set(mapping.columns.values()).issubset(headers)


def _headers(sheet: Sheet) -> list[str]:
    return [str(header) for header in sheet.table.columns]
