"""Sources of order files by name, from the entry points of all installed packages."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from crmlib.exceptions import CRMLibWarning, DuplicatePluginError, PluginLoadError
from crmlib.plugins import PluginInfo, list_plugins, load_plugin
from crmlib.sources._order_source import OrderSource

if TYPE_CHECKING:
    from collections.abc import Sequence


def list_sources() -> list[PluginInfo]:
    """List every registered source by name, without importing any.

    A name that two packages register is listed twice.

    Returns
    -------
    list of PluginInfo

    Examples
    --------
    >>> next(source.target for source in list_sources() if source.name == "generic")
    'crmlib.sources:GenericSource'
    """
    return list_plugins("source")


def load_source(name: str) -> OrderSource:
    """Give the source *name*.

    Raises
    ------
    UnknownNameError
        If no installed package registers the name.
    DuplicatePluginError
        If more than one does.
    PluginLoadError
        If importing or making it fails (the cause is kept), or if what is
        there is no source.

    Examples
    --------
    >>> load_source("online-retail").timezone
    'Europe/London'
    """
    kind = load_plugin("source", name, OrderSource)  # type: ignore[type-abstract]  # a subclass is made
    try:
        return kind()
    except Exception as error:
        (info,) = (info for info in list_sources() if info.name == name)
        problem = f"{type(error).__name__}: {error}"
        raise PluginLoadError("source", name, info.package, problem) from error


def load_sources() -> list[OrderSource]:
    """Give every source that can be loaded.

    Warns
    -----
    CRMLibWarning
        Names a source that cannot be loaded; its files are not recognised.
    """
    sources = []
    for name in sorted({info.name for info in list_sources()}):
        try:
            sources.append(load_source(name))
        except (PluginLoadError, DuplicatePluginError) as error:
            warnings.warn(f"{error}; its files are not recognised", CRMLibWarning, stacklevel=3)
    return sources


def recognise(headers: Sequence[str], sources: Sequence[OrderSource]) -> OrderSource | None:
    """Give the one of *sources* that knows a file by most of its *headers*; None if none does."""
    scores = [(_n_groups(source, headers), source.name, source) for source in sources]
    best = max(scores, key=lambda score: score[:2], default=(0, "", None))
    return best[2] if best[0] else None


def _n_groups(source: OrderSource, headers: Sequence[str]) -> int:
    """Count the headers by which *source* knows a file; 0 if it does not."""
    kind = source.recognise(headers)
    return len(source.kinds[kind]) if kind is not None else 0
