"""Channels by name, from the entry points of all installed packages."""

from __future__ import annotations

from crmlib.exceptions import PluginLoadError
from crmlib.interfaces import Channel
from crmlib.messages import Capabilities
from crmlib.plugins import PluginInfo, list_plugins, load_plugin


def list_channels() -> list[PluginInfo]:
    """List every registered channel by name, without importing any.

    A name that two packages register is listed twice.

    Returns
    -------
    list of PluginInfo

    Examples
    --------
    >>> next(channel.target for channel in list_channels() if channel.name == "file")
    'crmlib.channels:FileChannel'
    """
    return list_plugins("channel")


def load_channel(name: str) -> type[Channel]:
    """Load the class of the channel *name*.

    Raises
    ------
    UnknownNameError
        If no installed package registers the name.
    DuplicatePluginError
        If more than one does.
    PluginLoadError
        If importing it fails (the cause is kept), or if what is there is no
        channel.

    Examples
    --------
    >>> load_channel("memory")
    <class 'crmlib.channels._memory_channel.MemoryChannel'>
    """
    channel = load_plugin("channel", name, Channel)  # type: ignore[type-abstract]  # never made
    if not isinstance(getattr(channel, "capabilities", None), Capabilities):
        (info,) = (info for info in list_channels() if info.name == name)
        raise PluginLoadError(
            "channel", name, info.package, f"{info.target} declares no capabilities"
        )
    return channel
