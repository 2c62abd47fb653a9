"""Which sources a file may come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.exceptions import InvalidParameterError
from crmlib.sources._generic import GenericSource
from crmlib.sources._order_mapping import OrderMapping
from crmlib.sources._order_source import OrderSource
from crmlib.sources._registry import load_source, load_sources

if TYPE_CHECKING:
    from collections.abc import Mapping


def choose_source(
    source: str | OrderSource | None, columns: Mapping[str, str] | OrderMapping | None
) -> tuple[OrderSource | None, list[OrderSource]]:
    """Give the source that all files are said to come from, if any, and those that may be known.

    Raises
    ------
    UnknownNameError
        If there is no such source.
    InvalidParameterError
        If both a source and a mapping of one are given.
    """
    if isinstance(columns, OrderMapping):
        if source is not None:
            raise InvalidParameterError(
                "source", source, "left out, where a saved mapping says what the headers mean"
            )
        return GenericSource(columns), []
    if isinstance(source, str):
        source = load_source(source)
    if source is None:
        return None, load_sources()
    if not isinstance(source, OrderSource):
        raise InvalidParameterError("source", source, "a name, or an OrderSource")
    return source, [source]
