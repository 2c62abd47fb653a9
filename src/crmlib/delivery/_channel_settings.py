"""The channels that a plan needs, given by the caller or set up from the environment."""

from __future__ import annotations

import inspect
import os
from typing import TYPE_CHECKING, Any

from crmlib.exceptions import InvalidParameterError, UnknownNameError
from crmlib.messages import Decision

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import ExitStack

    from crmlib.campaigns import Plan
    from crmlib.interfaces import Channel

_YES_NO = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def open_channels(
    plan: Plan,
    given: Mapping[str, Channel] | None,
    stack: ExitStack,
    names: Iterable[str] | None = None,
) -> dict[str, Channel]:
    """Give the channel of each of *names*; those *given* before those installed.

    By default they are the names that *plan* sends by.

    Channels that are made here are closed by *stack*; those of the caller stay open.

    Raises
    ------
    UnknownNameError
        If a channel is neither given nor installed, or has no such setting.
    InvalidParameterError
        If a setting cannot be.
    """
    if names is None:
        names = plan.table.loc[plan.table["decision"] == Decision.SEND, "channel"].unique()
    there = given or {}
    return {
        name: there[name] if name in there else stack.enter_context(open_channel(name))
        for name in names
    }


def check_known(names: Iterable[str], given: Iterable[str]) -> None:
    """Refuse *names* of channels that are neither *given* nor installed.

    Raises
    ------
    UnknownNameError
        If there is one.
    """
    strange = set(names).difference(given)
    known = {*given, *_installed()} if strange else ()
    for name in sorted(strange.difference(known)):
        raise UnknownNameError("channel", name, sorted(known))


def open_channel(name: str) -> Channel:
    """Give the installed channel of that *name*, set up from variables like ``CRMLIB_SMTP_PORT``.

    Raises
    ------
    UnknownNameError
        If there is none, or it has no such setting.
    InvalidParameterError
        If a setting cannot be.
    """
    from crmlib.channels import load_channel  # noqa: PLC0415 -- reads entry points

    kind = load_channel(name)
    return kind.from_settings(read_settings(kind, os.environ, _installed()))


def _installed() -> list[str]:
    from crmlib.channels import list_channels  # noqa: PLC0415 -- reads entry points

    return [channel.name for channel in list_channels()]


def read_settings(
    kind: type[Channel], environment: Mapping[str, str], installed: Iterable[str]
) -> dict[str, Any]:
    """Read the settings of a channel from variables like ``CRMLIB_SMTP_PORT``.

    They are text; the annotations of the constructor say what becomes a number
    or a boolean.  Of the channels *installed* the one with the longest name
    that fits owns a variable: ``CRMLIB_SMTP_RELAY_HOST`` is the ``host`` of
    ``smtp-relay``, if there is one, and not the ``relay_host`` of ``smtp``.

    Raises
    ------
    UnknownNameError
        If the channel has no such setting.
    InvalidParameterError
        If a variable is no such number or boolean.
    """
    prefix = _prefix(kind.name)
    longer = tuple(
        other for other in map(_prefix, installed) if other.startswith(prefix) and other != prefix
    )
    annotations = {
        f"{prefix}{option.upper()}": (option, str(parameter.annotation))
        for option, parameter in inspect.signature(kind).parameters.items()
    }
    settings = {}
    for variable, text in environment.items():
        if variable.startswith(prefix) and not variable.startswith(longer):
            if variable not in annotations:  # its text stays out of the error: it may be secret
                raise UnknownNameError(
                    f"setting of channel {kind.name!r}", variable, list(annotations)
                )
            option, annotation = annotations[variable]
            settings[option] = _convert(variable, text, annotation)
    return settings


def _prefix(name: str) -> str:
    return f"CRMLIB_{name.upper().replace('-', '_')}_"


def _convert(variable: str, text: str, annotation: str) -> Any:
    kinds = {kind.strip() for kind in annotation.split("|")}
    try:
        if "bool" in kinds:
            return _YES_NO[text.strip().lower()]
        if "int" in kinds:
            return int(text)
        if "float" in kinds:
            return float(text)
    except (KeyError, ValueError) as error:
        wanted = "yes or no" if "bool" in kinds else "a number"
        raise InvalidParameterError(variable, text, wanted) from error
    return text
