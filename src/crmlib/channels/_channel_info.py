"""What is known of a channel before it is loaded."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class ChannelInfo:
    """One registered channel.

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
