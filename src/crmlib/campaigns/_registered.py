"""Texts that are registered with the provider: the plan keeps their variables as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from crmlib.messages import RegisteredTemplate, TextLimit
from crmlib.safe_text import is_plain_line, is_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmlib.campaigns._routes import Route

_COLUMNS: Final = ("registered_code", "registered_variables")


def carry_registered(answer: Mapping[str, Any], route: Route) -> tuple[dict[str, str | None], str]:
    """Give code and variables if the channel sends registered texts, else a note on them."""
    registered = {name: answer[name] or None for name in _COLUMNS}
    if route.capabilities.registered_templates or not any(registered.values()):
        return registered, ""
    note = f"; as a text of its own, since {route.channel} sends none that are registered"
    return dict.fromkeys(_COLUMNS), note


def find_registered_problem(registered: Mapping[str, str | None], route: Route) -> str | None:
    """Say what is wrong with code and variables, or that *route* sends no text without them."""
    code, variables = (registered[name] for name in _COLUMNS)
    if code is None and variables is None:
        if route.capabilities.text_limit is not TextLimit.ALIMTALK:
            return None
        return (
            f"is not registered, and {route.channel} sends no other texts; write it in a "
            "catalogue with registered, code and variables, or leave the channel out"
        )
    if code is None or variables is None:
        return "is half a registered text: it needs a code and variables"
    try:
        template = read_registered(code, variables)
    except (ValueError, TypeError):
        return "has variables of a registered text that are no JSON object of texts"
    assert template is not None
    if not is_plain_line(code) or not all(is_text(value) for _, value in template.variables):
        return "has a character in its code or a variable that cannot be sent"
    return None


def find_added_lines(
    registered: Mapping[str, str | None], written: str, dressed: str
) -> str | None:
    """Say that the lines of the law cannot be added to a text that is registered as it is."""
    code = registered["registered_code"]
    if code is None or written == dressed:
        return None
    return (
        f"is registered as {code!r}, and the lines that the law asks for cannot be added to it; "
        "register it with them, or send it as informational if that is what it is"
    )


def read_registered(code: str | None, variables: str | None) -> RegisteredTemplate | None:
    """Give the registered template of a row of the plan, None where it has none.

    Examples
    --------
    >>> read_registered("A1", '{"name": "Mina"}').variables
    (('name', 'Mina'),)
    """
    if code is None or variables is None:
        return None
    pairs = json.loads(variables, object_pairs_hook=tuple)
    return RegisteredTemplate(code=code, variables=pairs)
