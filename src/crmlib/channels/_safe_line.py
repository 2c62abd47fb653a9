"""Texts that may stand in a header: one line, and nothing hidden in it."""

from __future__ import annotations

import base64
import quopri

from crmlib.exceptions import UnsafeTextError
from crmlib.safe_text import ENCODED_WORD, is_line

_MAX_DEPTH = 8


def require_safe_line(field: str, text: str) -> str:
    """Give *text* back if it may stand in a header.

    Encoded words (RFC 2047) are decoded and looked at again, as a mail
    program would, and so is what stands in them.

    Raises
    ------
    UnsafeTextError
        If there are control characters, line ends of any alphabet, bidi
        controls or half characters in it, openly or inside an encoded word.
    """
    shown = text
    for _ in range(_MAX_DEPTH):
        if not is_line(shown):
            problem = "holds control characters, line ends or bidi controls"
            hidden = "" if shown is text else " inside an encoded word"
            raise UnsafeTextError(field, problem + hidden)
        decoded = ENCODED_WORD.sub(lambda found: _decode(field, *found.groups()), shown)
        if decoded == shown:
            return text
        shown = decoded
    raise UnsafeTextError(field, "holds encoded words inside encoded words")


def _decode(field: str, charset: str, encoding: str, payload: str) -> str:
    try:
        raw = payload.encode("ascii")
        # a language tag may follow the charset (RFC 2231)
        name = charset.partition("*")[0]
        octets = (
            base64.b64decode(raw + b"=" * (-len(raw) % 4))
            if encoding in "bB"
            else quopri.decodestring(raw, header=True)
        )
        return octets.decode(name)
    except (ValueError, LookupError) as error:
        raise UnsafeTextError(field, "holds an encoded word that cannot be read") from error
