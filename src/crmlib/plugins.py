"""What other packages add to crmlib, found through entry points.

Listing names imports nothing.  A broken package hurts only those who ask for
what it brings, and two packages with one name are an error, never a winner.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from inspect import isabstract
from typing import TYPE_CHECKING, TypeVar, cast

import attrs

from crmlib.exceptions import DuplicatePluginError, PluginLoadError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.metadata import EntryPoint

PluginT = TypeVar("PluginT")


@attrs.frozen(kw_only=True)
class PluginInfo:
    """One registered class, before it is loaded.

    Parameters
    ----------
    name : str
        What users type.
    package, version : str
        The installed distribution that brings it.
    target : str
        Where its class is: ``"module:Class"``.
    """

    name: str
    package: str
    version: str
    target: str


def list_plugins(kind: str) -> list[PluginInfo]:
    """List what is registered in the entry-point group ``crmlib.{kind}s``, by name.

    A name that two packages register is listed twice.

    Examples
    --------
    >>> [plugin.target for plugin in list_plugins("channel") if plugin.name == "file"]
    ['crmlib.channels:FileChannel']
    """
    found = [_info(entry) for entry in entry_points(group=f"crmlib.{kind}s")]
    return sorted(found, key=lambda info: (info.name, info.package))


def load_plugin(kind: str, name: str, parent: type[PluginT]) -> type[PluginT]:
    """Load the class *name* of the entry-point group ``crmlib.{kind}s``.

    Parameters
    ----------
    kind : str
        "channel" or "source".
    name : str
        What users type.
    parent : type
        What it has to be a subclass of.

    Raises
    ------
    UnknownNameError
        If no installed package registers the name.
    DuplicatePluginError
        If more than one does.
    PluginLoadError
        If importing it fails (the cause is kept), if what is there is no
        *parent*, or if its attribute ``name`` is another.
    """
    entries = list(entry_points(group=f"crmlib.{kind}s", name=name))
    if not entries:
        raise UnknownNameError(kind, name, sorted({info.name for info in list_plugins(kind)}))
    return _load(entries, kind, parent)


def load_plugins(
    kind: str, parent: type[PluginT]
) -> dict[str, type[PluginT] | PluginLoadError | DuplicatePluginError]:
    """Load the classes of all names in the entry-point group ``crmlib.{kind}s``.

    Parameters
    ----------
    kind : str
        "channel" or "source".
    parent : type
        What they have to be subclasses of.

    Returns
    -------
    dict of str to type or error
        By name, sorted; in the place of a class that cannot be loaded stands
        the error that :func:`load_plugin` would raise.

    Examples
    --------
    >>> from crmlib.interfaces import Channel
    >>> load_plugins("channel", Channel)["file"].__name__
    'FileChannel'
    """
    by_name: dict[str, list[EntryPoint]] = {}
    for entry in entry_points(group=f"crmlib.{kind}s"):
        by_name.setdefault(entry.name, []).append(entry)
    loaded: dict[str, type[PluginT] | PluginLoadError | DuplicatePluginError] = {}
    for name in sorted(by_name):
        try:
            loaded[name] = _load(by_name[name], kind, parent)
        except (PluginLoadError, DuplicatePluginError) as error:
            loaded[name] = error
    return loaded


def _load(entries: Sequence[EntryPoint], kind: str, parent: type[PluginT]) -> type[PluginT]:
    """Load the class that is registered once under the name of all *entries*."""
    entry = entries[0]
    if len(entries) > 1:
        raise DuplicatePluginError(kind, entry.name, [_info(one).package for one in entries])
    try:
        loaded = entry.load()
    except (Exception, SystemExit) as error:
        problem = f"{type(error).__name__}: {error}"
        raise PluginLoadError(kind, entry.name, _info(entry).package, problem) from error
    if problem := _problem(loaded, entry.name, parent):
        problem = f"{entry.value} {problem}"
        raise PluginLoadError(kind, entry.name, _info(entry).package, problem)
    return cast("type[PluginT]", loaded)


def _info(entry: EntryPoint) -> PluginInfo:
    package, version = ("?", "?") if entry.dist is None else (entry.dist.name, entry.dist.version)
    return PluginInfo(name=entry.name, package=package, version=version, target=entry.value)


def _problem(loaded: object, name: str, parent: type) -> str:
    """Say what keeps *loaded* from being the *parent* called *name*; nothing if it is one."""
    if not (isinstance(loaded, type) and issubclass(loaded, parent)):
        return f"is no subclass of crmlib's {parent.__name__}"
    if isabstract(loaded):
        return f"has no {', '.join(sorted(getattr(loaded, '__abstractmethods__', ())))}"
    if getattr(loaded, "name", None) != name:
        return f"calls itself {getattr(loaded, 'name', None)!r}"
    return ""
