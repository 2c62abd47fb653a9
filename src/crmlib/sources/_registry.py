"""Sources of order files by name, from the entry points of all installed packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.exceptions import CRMLibWarning, DuplicatePluginError, PluginLoadError
from crmlib.plugins import PluginInfo, list_plugins, load_plugin, load_plugins
from crmlib.sources._order_source import OrderSource
from crmlib.sources._tell import tell

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
    return _make(name, load_plugin("source", name, OrderSource))  # type: ignore[type-abstract]  # a subclass is made


def load_sources() -> list[OrderSource]:
    """Give every source that can be loaded.

    Warns
    -----
    CRMLibWarning
        Names a source that cannot be loaded; its files are not recognised.
    """
    sources = []
    for name, loaded in load_plugins("source", OrderSource).items():  # type: ignore[type-abstract]  # subclasses come
        try:
            if isinstance(loaded, Exception):
                raise loaded
            sources.append(_make(name, loaded))
        except (PluginLoadError, DuplicatePluginError) as error:
            _warn(str(error))
    return sources


def find_package(name: str) -> str:
    """Name the packages that register the source *name*; "?" if none does."""
    return ", ".join(info.package for info in list_sources() if info.name == name) or "?"


def recognise(headers: Sequence[str], sources: Sequence[OrderSource]) -> OrderSource | None:
    """Give the one of *sources* that knows a file by most of its *headers*; None if none does.

    Warns
    -----
    CRMLibWarning
        Names a source that fails when it is asked.
    """
    scores = [(_n_groups(source, headers), source.name, source) for source in sources]
    best = max(scores, key=lambda score: score[:2], default=(0, "", None))
    return best[2] if best[0] else None


def _n_groups(source: OrderSource, headers: Sequence[str]) -> int:
    """Count the headers by which *source* knows a file; 0 if it does not."""
    try:
        kind = source.recognise(headers)
        return len(source.kinds[kind]) if kind is not None else 0
    except Exception as error:  # noqa: BLE001 -- whatever a package of others does
        problem = f"its recognise() fails, {type(error).__name__}: {error}"
        _warn(str(PluginLoadError("source", source.name, find_package(source.name), problem)))
        return 0


def _make(name: str, kind: type[OrderSource]) -> OrderSource:
    """Make a source as it is without parameters."""
    try:
        return kind()
    except Exception as error:
        problem = f"{type(error).__name__}: {error}"
        raise PluginLoadError("source", name, find_package(name), problem) from error


def _warn(problem: str) -> None:
    """Warn whoever reads orders of a source that does not work."""
    tell(f"{problem}; its files are not recognised", CRMLibWarning)
