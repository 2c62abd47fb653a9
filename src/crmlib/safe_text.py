"""Which characters do harm where: the one list of them that all rooms share.

What stands in a header, or is filled into a text, must be one line that shows
all that it holds.  Bodies may have lines and bidi controls, and need only be
text.
"""

from __future__ import annotations

import re
from typing import Final

_CONTROLS: Final = "\x00-\x1f\x7f-\x9f"
_LINE_ENDS: Final = "\u2028\u2029"
_BIDI: Final = "\u202a-\u202e\u2066-\u2069"  # they show a text in another order
_HALVES: Final = "\ud800-\udfff"  # of characters: no UTF-8

_NO_LINE: Final = re.compile(f"[{_CONTROLS}{_LINE_ENDS}{_BIDI}{_HALVES}]")
_NO_TEXT: Final = re.compile(f"[\x00{_HALVES}]")
# a terminal obeys these; tabs and line feeds are what it is there for
_STEERING: Final = re.compile(f"(?![\t\n])[{_CONTROLS}{_LINE_ENDS}{_BIDI}]")
# JSON lets these stand as they are, and some readers take them for line ends
_NO_JSON_LINE: Final = re.compile(f"[\x85{_LINE_ENDS}{_HALVES}]")

ENCODED_WORD: Final = re.compile(r"=\?([^?\s]*)\?([bBqQ])\?([^?]*)\?=")
"""A text hidden in a header (RFC 2047): its character set, encoding and payload."""
_ENCODED_WORD_BEGINS: Final = re.compile(r"=\?[^?\s]*\?[bBqQ]\?")


def is_line(text: str) -> bool:
    r"""Say whether *text* is one line that shows all that it holds.

    Examples
    --------
    >>> is_line("Mina"), is_line("Mina\r\nBcc: eve@example.com"), is_line("\u202eaniM")
    (True, False, False)
    """
    return _NO_LINE.search(text) is None


def is_plain_line(text: str) -> bool:
    """Say whether *text* is such a line, and no encoded word begins in it.

    Examples
    --------
    >>> is_plain_line("Mina"), is_plain_line("=?utf-8?q?=0ABcc=3A?=")
    (True, False)
    """
    return is_line(text) and _ENCODED_WORD_BEGINS.search(text) is None


def is_text(text: str) -> bool:
    r"""Say whether *text* can be the body of a message: no NUL, no half characters.

    Examples
    --------
    >>> is_text("Hello\nMina"), is_text("Hello\x00Mina")
    (True, False)
    """
    return _NO_TEXT.search(text) is None


def escape_for_terminal(text: str) -> str:
    r"""Write what would steer a terminal as escapes; tabs and line feeds stay.

    Examples
    --------
    >>> print(escape_for_terminal("Hello \x1b[2JMina"))
    Hello \x1b[2JMina
    """
    return _STEERING.sub(lambda found: ascii(found[0])[1:-1], text)


def escape_in_json(text: str) -> str:
    r"""Write what would break a line of JSON, or is no UTF-8, as escapes of JSON.

    Examples
    --------
    >>> print(escape_in_json('"Hello\u2028Mina"'))
    "Hello\u2028Mina"
    """
    return _NO_JSON_LINE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
