"""The channels that a plan needs, given by the caller or set up from the environment."""

from __future__ import annotations

import inspect
import os
from typing import TYPE_CHECKING, Any

from crmlib.exceptions import InvalidParameterError, UnknownNameError
from crmlib.messages import Decision

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack

    from crmlib.campaigns import Plan
    from crmlib.interfaces import Channel

_YES_NO = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def open_channels(
    plan: Plan, given: Mapping[str, Channel] | None, stack: ExitStack
) -> dict[str, Channel]:
    """Give the channel of each name that *plan* sends by.

    Channels that are made here are closed by *stack*; those of the caller stay open.

    Raises
    ------
    UnknownNameError
        If a channel is missing.
    """
    names = plan.table.loc[plan.table["decision"] == Decision.SEND, "channel"].unique()
    if given is not None:
        for name in names:
            if name not in given:
                raise UnknownNameError("channel", name, list(given))
        return {name: given[name] for name in names}
    return {name: stack.enter_context(_load(name)) for name in names}


def _load(name: str) -> Channel:
    from crmlib.channels import load_channel  # noqa: PLC0415 -- reads entry points

    kind = load_channel(name)
    return kind.from_settings(read_settings(kind, os.environ))


def read_settings(kind: type[Channel], environment: Mapping[str, str]) -> dict[str, Any]:
    """Read the settings of a channel from variables like ``CRMLIB_SMTP_PORT``.

    They are text; the annotations of the constructor say what becomes a number
    or a boolean.

    Raises
    ------
    InvalidParameterError
        If a variable is no such number or boolean.
    """
    parameters = inspect.signature(kind).parameters
    prefix = f"CRMLIB_{kind.name.upper().replace('-', '_')}_"
    settings = {}
    for variable, text in environment.items():
        option = variable.removeprefix(prefix).lower()
        if variable.startswith(prefix):
            annotation = str(parameters[option].annotation) if option in parameters else "str"
            settings[option] = _convert(variable, text, annotation)
    return settings


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
