"""The button of a message: what may stand on it, and a link in its place."""

from __future__ import annotations

import re
from html import escape
from typing import Final

from crmlib.safe_text import is_plain_line

_WEB_ADDRESS: Final = re.compile(r"https?://[^\s<>\"'\\]+")
_BODY_END: Final = re.compile(r"</body\s*>", re.IGNORECASE)


def find_button_problem(label: str | None, address: str | None) -> str | None:
    """Say what is wrong with a button; None where there is none."""
    if label is None and address is None:
        return None
    if label is None or address is None:
        return "has half a button: it needs a label and an address"
    if not is_plain_line(label) or not label.strip():
        return "has a button whose label is blank or holds a line break or control character"
    if not is_plain_line(address) or not _WEB_ADDRESS.fullmatch(address):
        return "has a button whose address is no web address: https://…"
    return None


def write_link(body: str, html: str | None, label: str, address: str) -> dict[str, str | None]:
    r"""Write the button as a link below the text, for a channel that has no buttons.

    Examples
    --------
    >>> write_link("Come in!", None, "Look", "https://shop.example/")["body"]
    'Come in!\n\nLook: https://shop.example/'
    """
    text = f"{body.rstrip()}\n\n{label}: {address}"
    if html is None:
        return {"body": text, "html": None}
    link = f'<p><a href="{escape(address)}">{escape(label)}</a></p>\n'
    ends = [found.start() for found in _BODY_END.finditer(html)]
    at = ends[-1] if ends else len(html)
    return {"body": text, "html": html[:at] + link + html[at:]}
