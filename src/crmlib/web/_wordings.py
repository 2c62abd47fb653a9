"""Which text somebody was shown who agreed or withdrew."""

from __future__ import annotations

from hashlib import sha256

from crmlib.web._texts import read_texts


def wording(key: str, language: str, *named: str) -> str:
    """Give the version of a text: its name, language, and the beginning of its hash.

    A text that was changed by one letter has another version, and so has one
    in which something else is *named*.

    Examples
    --------
    >>> wording("opt_out.question", "ko").rpartition("/")[0]
    'opt_out.question/ko'
    """
    text = "\0".join([read_texts()[language][key], *named])
    return f"{key}/{language}/{sha256(text.encode()).hexdigest()[:8]}"
