"""One merge field: what it says in braces, taken apart and checked."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Final, Literal

import attrs

from crmlib.planners._particles import PARTICLES, Particle

Place = Literal["plain", "html", "attribute", "comment", "url"]
"""Where a value stands, and so how it is written: as it is, escaped, or percent-encoded."""
FORMATS: Final = ("money", "number", "date", "day")
_NAME: Final = re.compile(r"[^\W\d]\w*")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


class FieldError(ValueError):
    """What is wrong with a field; turned into a TemplateError by whoever knows where it is."""


@attrs.frozen(kw_only=True)
class Spelling:
    """How the values of one column are made into texts.

    Parameters
    ----------
    name : str
        The column.
    form : {"money", "number", "date", "day"} or None
        None: as they are.
    currency : str or None
        Of money; None: that of the column ``currency``.
    """

    name: str
    form: str | None = None
    currency: str | None = None

    def __str__(self) -> str:
        form = "" if self.form is None else f":{self.form}"
        currency = "" if self.currency is None else f" {self.currency}"
        return f"{{{self.name}{form}{currency}}}"


@attrs.frozen(kw_only=True)
class MergeField:
    """A place in a text that a column of the audience fills.

    Parameters
    ----------
    spelling : Spelling
        The column, and how its values are made into texts.
    fallback : str or None
        What stands there for customers without a value; None: nothing will do.
    particle : pair of str or None
        A Korean particle behind value or fallback.
    particle_only : bool
        Whether the particle stands there alone, for a value written before.
    place : {"plain", "html", "attribute", "comment", "url"}
        Where it stands.
    """

    spelling: Spelling
    fallback: str | None = None
    particle: Particle | None = None
    particle_only: bool = False
    place: Place = "plain"

    @property
    def name(self) -> str:
        """The column."""
        return self.spelling.name


def read_field(inside: str, before: MergeField | None) -> MergeField:
    """Read what stands between braces.

    Parameters
    ----------
    inside : str
        Such as ``name``, ``price:money KRW|free`` or ``:을/를``.
    before : MergeField or None
        The field whose value a particle alone belongs to.

    Raises
    ------
    FieldError
        If it is no field; the text says what is wrong with it.
    """
    told, bar, fallback = inside.partition("|")
    name, *words = (word.strip() for word in told.split(":"))
    if not name and len(words) == 1:
        return _lone_particle(inside, words[0], before, has_fallback=bool(bar))
    if not _NAME.fullmatch(name):
        raise FieldError(f"has '{{{inside}}}', which is no merge field")
    particle = PARTICLES[words.pop()] if words and words[-1] in PARTICLES else None
    if len(words) > 1:
        raise FieldError(
            f"has '{{{inside}}}' with more than one format, or a format behind the particle"
        )
    spelling = _spelling(inside, name, words[0]) if words else Spelling(name=name)
    return MergeField(spelling=spelling, fallback=fallback if bar else None, particle=particle)


def _spelling(inside: str, name: str, word: str) -> Spelling:
    form, *more = word.split() or [""]
    if form not in FORMATS:
        close = get_close_matches(form, FORMATS, n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        raise FieldError(f"has '{{{inside}}}', whose format {word!r} there is not{hint}")
    if more and not (form == "money" and len(more) == 1 and is_currency(more[0])):
        raise FieldError(
            f"has '{{{inside}}}', in which {' '.join(more)!r} is no currency of money, such as KRW"
        )
    return Spelling(name=name, form=form, currency=more[0] if more else None)


def is_currency(word: str) -> bool:
    """Say whether *word* is the code of a currency, in capitals."""
    if not _CURRENCY.fullmatch(word):
        return False
    from babel import numbers  # noqa: PLC0415 -- loads the locales of the world

    return bool(numbers.is_currency(word, "en"))


def _lone_particle(
    inside: str, word: str, before: MergeField | None, *, has_fallback: bool
) -> MergeField:
    if word not in PARTICLES or has_fallback:
        raise FieldError(f"has '{{{inside}}}', which is no merge field")
    if before is None:
        raise FieldError(f"has '{{{inside}}}' with no field right before it")
    return attrs.evolve(before, particle=PARTICLES[word], particle_only=True)
