"""Texts that may stand in a header: one line, and nothing hidden in it."""

from __future__ import annotations

import base64
import quopri
import re

from crmlib.exceptions import UnsafeTextError

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ENCODED_WORD = re.compile(r"=\?([^?\s]*)\?([bBqQ])\?([^?]*)\?=")
_MAX_DEPTH = 8


def require_safe_line(field: str, text: str) -> str:
    """Give *text* back if it may stand in a header.

    Encoded words (RFC 2047) are decoded and looked at again, as a mail
    program would, and so is what stands in them.

    Raises
    ------
    UnsafeTextError
        If there are control characters, line ends of any alphabet or half
        characters in it, openly or inside an encoded word.
    """
    shown = text
    for _ in range(_MAX_DEPTH):
        if _UNSAFE.search(shown):
            problem = "holds control characters or line ends"
            hidden = "" if shown is text else " inside an encoded word"
            raise UnsafeTextError(field, problem + hidden)
        decoded = _ENCODED_WORD.sub(lambda found: _decode(field, *found.groups()), shown)
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
