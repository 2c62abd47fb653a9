"""``crmlib channels``: which channels are installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import attrs
import pandas as pd

from crmlib.channels import list_channels, load_channel
from crmlib.cli._output import AsJson, heading, note, print_json, show_table
from crmlib.exceptions import DuplicatePluginError, PluginLoadError
from crmlib.messages import Purpose

if TYPE_CHECKING:
    from crmlib.messages import Capabilities
    from crmlib.plugins import PluginInfo


def channels(as_json: AsJson = False) -> None:
    """List the channels that are installed, what each carries, and which extra it lacks."""
    found = [_row(info) for info in list_channels()]
    if as_json:
        print_json(found)
        return
    for package in dict.fromkeys((row["package"], row["version"]) for row in found):
        heading(" ".join(package))
        mine = [row for row in found if (row["package"], row["version"]) == package]
        columns = ("name", "medium", "address", "carries")
        show_table(pd.DataFrame([{name: row[name] for name in columns} for row in mine]))
    for row in found:
        if row["missing_extra"]:
            note(f"{row['name']} needs an extra: pip install 'crmlib[{row['missing_extra']}]'")
        if row["problem"]:
            note(row["problem"])


def _row(info: PluginInfo) -> dict[str, Any]:
    row = attrs.asdict(info) | {
        "medium": "",
        "address": "",
        "carries": "",
        "capabilities": None,
        "missing_extra": "",
        "problem": "",
    }
    try:
        channel = load_channel(info.name)
    except (PluginLoadError, DuplicatePluginError) as error:  # hurts nobody but who asks for it
        return row | {"problem": str(error)}
    can = channel.capabilities
    lacking = [extra for module, extra in channel.extras.items() if find_spec(module) is None]
    return row | {
        "medium": can.medium,
        "address": can.address_field,
        "carries": _carries(can),
        "capabilities": attrs.asdict(can),
        "missing_extra": lacking[0] if lacking else "",
    }


def _carries(can: Capabilities) -> str:
    """Say in a few words what a channel can carry."""
    parts = {
        "subject": can.subject,
        "HTML": can.html,
        "button": can.button,
        "registered texts": can.registered_templates,
        "ads only": can.purposes == (Purpose.ADVERTISING,),
        "no ads": can.purposes == (Purpose.INFORMATIONAL,),
        "look-up": can.look_up,
        "held for later": can.schedule_seconds is not None,
        f"a key for {can.idempotency_seconds} s": can.idempotency_seconds > 0,
    }
    return ", ".join(words for words, is_so in parts.items() if is_so) or "text"
