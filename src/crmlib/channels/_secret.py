"""A password or key that shows itself to nobody who does not ask for it."""

from __future__ import annotations

from hmac import compare_digest
from typing import NoReturn, Self

from crmlib.exceptions import InvalidParameterError


class Secret:
    """A text that no log, traceback or notebook shows.

    Its ``repr``, ``str`` and ``format`` are the same for all secrets, and it
    is neither pickled nor turned into JSON.  Who needs it calls
    :meth:`reveal`, which is easy to search for.

    Parameters
    ----------
    text : str or Secret
        In one line, without blanks at its ends, not empty.
    name : str, default="secret"
        What the setting is called, for errors.

    Raises
    ------
    InvalidParameterError
        If *text* cannot be a secret; it does not repeat the text.

    Examples
    --------
    >>> key = Secret("s3cret")
    >>> key, f"{key:>40}", key.reveal()
    (Secret(…), 'Secret(…)', 's3cret')
    """

    __slots__ = ("_text",)

    def __init__(self, text: str | Secret, name: str = "secret") -> None:
        if isinstance(text, Secret):
            text = text.reveal()
        if not isinstance(text, str) or not text or text != text.strip() or not text.isprintable():
            expected = "a text that is not empty, in one line, without blanks at its ends"
            raise InvalidParameterError(name, "…", expected)
        self._text = text

    def reveal(self) -> str:
        """Give the text itself; keep it out of whatever is written down."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled; hand it over by a setting of its own")
