"""What providers say, fit to be stored and printed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from crmlib.messages import Message

_MAIL: Final = re.compile(r"\S*@\S*")
_NUMBER: Final = re.compile(r"\+?\d(?:[\s().-]?\d){6,}")
_LONGEST: Final = 300
_MOST: Final = 2_000
"""More is not looked at, as finding addresses in a long word takes long; whole words only."""


def plain_words(text: object, message: Message | None = None) -> str:
    r"""Give *text* on one line, without addresses, phone numbers and what the message said.

    Examples
    --------
    >>> plain_words("'+82 10-1234-5678' is\nno mobile of mina@example.com")
    "'…' is no mobile of …"
    """
    words = "".join(char for char in " ".join(str(text).split()) if char.isprintable())
    if message is not None:
        words = hide_message(words, message)
    if len(words) > _MOST:
        words = words[:_MOST].rpartition(" ")[0] or words[:_MOST]
    return _NUMBER.sub("…", _MAIL.sub("…", words))[:_LONGEST]


def hide_message(words: str, message: Message) -> str:
    """Give *words*, which stand on one line, without what the message says and to whom."""
    for hidden in _hidden(message):
        # an expression of its own for each message takes longer than all else
        if hidden.casefold() in words.casefold():
            words = re.sub(re.escape(hidden), "…", words, flags=re.IGNORECASE)
    return words


def plain_id(given: object, message: Message) -> str | None:
    """Give what the provider calls *message*, None if that is no text or number."""
    if isinstance(given, bool) or not isinstance(given, str | int):
        return None
    text = "".join(filter(str.isprintable, str(given))).replace(message.recipient.address, "…")
    return text[:_LONGEST] or None


def _hidden(message: Message) -> list[str]:
    """Give what must not be repeated of *message*, the longest first; a letter tells nothing."""
    recipient = message.recipient
    texts = (recipient.address, recipient.name, message.subject, message.body, message.html)
    lines = {" ".join(text.split()) for text in texts if text}
    return sorted((line for line in lines if len(line) > 1), key=len, reverse=True)
