"""One promise of an interface, bound to what has to keep it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import attrs

from crmlib.exceptions import ConformanceError

if TYPE_CHECKING:
    from collections.abc import Callable


@attrs.frozen(eq=False)
class Check:
    """One promise and its trial: call it to see whether the promise is kept.

    Parameters
    ----------
    promise : callable
        Takes the trial; its docstring is the sentence of the contract.
    trial : object
        The plug-in and the tables it is tried on.

    Raises
    ------
    ConformanceError
        When called, if the promise is broken, or if the plug-in raises what
        it should not; the cause is kept then.

    Examples
    --------
    >>> def is_short(word):
    ...     "A word has at most five letters."
    ...     if len(word) > 5:
    ...         raise ConformanceError("five letters", f"{len(word)}", "write less")
    >>> check = Check(is_short, "elephant")
    >>> str(check), check.sentence
    ('is_short', 'A word has at most five letters.')
    >>> check()
    Traceback (most recent call last):
    crmlib.exceptions.ConformanceError: expected five letters, got 8; write less
    """

    promise: Callable[[Any], None]
    trial: Any = attrs.field(repr=False)

    def __call__(self) -> None:
        try:
            self.promise(self.trial)
        except ConformanceError:
            raise
        except Exception as error:
            raise ConformanceError(
                f"that {self.sentence[0].lower()}{self.sentence[1:].rstrip('.')}",
                f"{type(error).__name__}: {error}",
                "repair what raised it; the cause is kept with this error",
            ) from error

    def __str__(self) -> str:
        return self.promise.__name__

    @property
    def sentence(self) -> str:
        """The promise in one sentence, as the contract has it."""
        return " ".join((inspect.getdoc(self.promise) or "").partition("\n\n")[0].split())
