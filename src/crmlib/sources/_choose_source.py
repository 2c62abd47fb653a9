"""Which sources a file may come from, and by which headers it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmlib.exceptions import InvalidParameterError
from crmlib.sources._generic import GenericSource
from crmlib.sources._generic_headers import holds_needed
from crmlib.sources._order_mapping import OrderMapping
from crmlib.sources._order_source import OrderSource
from crmlib.sources._registry import load_source, load_sources, recognise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def choose_source(
    source: str | OrderSource | None, columns: Mapping[str, str] | OrderMapping | None
) -> tuple[OrderSource | None, list[OrderSource]]:
    """Give the source that all files are said to come from, if any, and those that may be known.

    A saved mapping is for files that no source knows, unless all are said to
    be generic.

    Raises
    ------
    UnknownNameError
        If there is no such source.
    InvalidParameterError
        If both a known source and a saved mapping are given.
    """
    if isinstance(columns, OrderMapping):
        if source is None:
            return None, load_sources()
        if source != GenericSource.name:
            raise InvalidParameterError(
                "source",
                source,
                "left out, where a saved mapping says what the headers mean, or 'generic', to "
                "read files of known sources by it, too",
            )
        return GenericSource(columns), []
    if isinstance(source, str):
        source = load_source(source)
    if source is None:
        return None, load_sources()
    if not isinstance(source, OrderSource):
        raise InvalidParameterError("source", source, "a name, or an OrderSource")
    if isinstance(source, GenericSource):
        mapped = {**source.mapping.columns, **(columns or {})}
        return GenericSource(attrs.evolve(source.mapping, columns=mapped)), []
    return source, [source]


def make_header_test(
    forced: OrderSource | None, known: Sequence[OrderSource], given: Mapping[str, str]
) -> Callable[[Sequence[str]], bool]:
    """Make what tells whether cells are a header, so that notices above it are passed over.

    Parameters
    ----------
    forced : OrderSource, optional
        That all files come from.
    known : sequence of OrderSource
        Those that files may come from.
    given : mapping of str to str
        Canonical column to header, as the caller wants it.
    """
    if isinstance(forced, GenericSource):
        given = forced.mapping.columns
    elif forced is not None:
        return lambda cells: forced.recognise(cells) is not None
    return lambda cells: (
        recognise(cells, known) is not None
        or holds_needed(cells, given)
        or holds_needed(cells, {})
    )
