"""Channels by name, from the entry points of all installed packages."""

from __future__ import annotations

from importlib.metadata import entry_points
from inspect import isabstract
from typing import TYPE_CHECKING

from crmlib.channels._channel_info import ChannelInfo
from crmlib.exceptions import ChannelLoadError, DuplicateChannelError, UnknownNameError
from crmlib.interfaces import Channel
from crmlib.messages import Capabilities

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

_GROUP = "crmlib.channels"


def list_channels() -> list[ChannelInfo]:
    """List every registered channel by name, without importing any.

    A name that two packages register is listed twice.

    Returns
    -------
    list of ChannelInfo

    Examples
    --------
    >>> next(channel.target for channel in list_channels() if channel.name == "file")
    'crmlib.channels:FileChannel'
    """
    found = [_info(entry) for entry in entry_points(group=_GROUP)]
    return sorted(found, key=lambda info: (info.name, info.package))


def load_channel(name: str) -> type[Channel]:
    """Load the class of the channel *name*.

    Raises
    ------
    UnknownNameError
        If no installed package registers the name.
    DuplicateChannelError
        If more than one does.
    ChannelLoadError
        If importing it fails (the cause is kept), or if what is there is no
        channel.

    Examples
    --------
    >>> load_channel("memory")
    <class 'crmlib.channels._memory_channel.MemoryChannel'>
    """
    entries = list(entry_points(group=_GROUP, name=name))
    if not entries:
        known = sorted({entry.name for entry in entry_points(group=_GROUP)})
        raise UnknownNameError("channel", name, known)
    infos = [_info(entry) for entry in entries]
    if len(infos) > 1:
        raise DuplicateChannelError(name, [info.package for info in infos])
    info = infos[0]
    try:
        loaded = entries[0].load()
    except (Exception, SystemExit) as error:
        raise ChannelLoadError(name, info.package, f"{type(error).__name__}: {error}") from error
    problem = _problem(loaded, name)
    if problem:
        raise ChannelLoadError(name, info.package, f"{info.target} {problem}")
    channel: type[Channel] = loaded
    return channel


def _info(entry: EntryPoint) -> ChannelInfo:
    package, version = ("?", "?") if entry.dist is None else (entry.dist.name, entry.dist.version)
    return ChannelInfo(name=entry.name, package=package, version=version, target=entry.value)


def _problem(loaded: object, name: str) -> str:
    """Say what keeps *loaded* from being the channel *name*; nothing if it is one."""
    if not (isinstance(loaded, type) and issubclass(loaded, Channel)):
        return "is no subclass of crmlib.Channel"
    if isabstract(loaded):
        return f"has no {', '.join(sorted(loaded.__abstractmethods__))}"
    if getattr(loaded, "name", None) != name:
        return f"calls itself {getattr(loaded, 'name', None)!r}"
    if not isinstance(getattr(loaded, "capabilities", None), Capabilities):
        return "declares no capabilities"
    return ""
