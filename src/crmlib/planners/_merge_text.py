"""A text with merge fields: taken apart once, filled in for many customers.

There are no expressions on purpose: a field is a name, a format out of a
short list and, if wanted, a fallback, so whoever writes a template can neither
call anything nor fill the memory.
"""

from __future__ import annotations

import html
import re
from itertools import repeat
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import attrs

from crmlib.exceptions import TemplateError
from crmlib.planners._merge_field import FORMATS, FieldError, MergeField, read_field
from crmlib.planners._particles import add_particle, choose_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crmlib.planners._field_values import FieldValues
    from crmlib.planners._merge_field import Spelling

_PIECE: Final = re.compile(r"\{\{|\}\}|\{(?P<inside>[^{}]*)\}|(?P<stray>[{}])")
# between a value and its lone particle: closing quotes, brackets, tags
_BETWEEN: Final = re.compile(r"(?:<[^<>]*>|[^\w\s<>])*")
_TO_ESCAPE: Final = re.compile("[&<>\"']")
_TO_ENCODE: Final = re.compile(r"[^A-Za-z0-9_.\-~\n]")
_WAY_OUT: Final = (
    "write {column}, {column|fallback} or {column:format|fallback} with a format out of "
    f"{', '.join(FORMATS)} or a particle such as 을/를, and {{{{ or }}}} for a brace"
)


@attrs.frozen(kw_only=True)
class MergeText:
    """Literal texts with a merge field between each two of them.

    Parameters
    ----------
    literals : tuple of str
        One more than there are fields.
    fields : tuple of MergeField
    """

    literals: tuple[str, ...]
    fields: tuple[MergeField, ...]

    @property
    def says_something(self) -> bool:
        """Whether it has words of its own, whatever the fields hold."""
        return any(literal.strip() for literal in self.literals)

    def fill(self, values: Mapping[Spelling, FieldValues], n: int) -> list[str]:
        """Give the text of each of *n* customers.

        Parameters
        ----------
        values : mapping of Spelling to the *n* values of that column
            Columns that are not there count as missing for everybody.

        Returns
        -------
        list of str
            A missing value without a fallback leaves nothing in its place;
            such customers are to be held.
        """
        pattern = "%s".join(literal.replace("%", "%%") for literal in self.literals)
        columns = [_column(field, values.get(field.spelling), n) for field in self.fields]
        rows: Iterable[tuple[str, ...]] = zip(*columns, strict=True) if columns else repeat((), n)
        return list(map(pattern.__mod__, rows))


def parse(template: str, part: str, text: str) -> MergeText:
    """Take *text*, the *part* of *template*, apart.

    Raises
    ------
    TemplateError
        If a brace or a field is malformed; the text says at which line and column.
    """
    literals: list[str] = [""]
    fields: list[MergeField] = []
    end = 0
    for piece in _PIECE.finditer(text):
        literals[-1] += text[end : piece.start()]
        end = piece.end()
        if piece["stray"]:
            raise _error(template, part, text, piece, f"has a lone {piece['stray']!r}")
        if piece["inside"] is None:
            literals[-1] += piece[0][0]
            continue
        is_next = fields and _BETWEEN.fullmatch(literals[-1])
        try:
            field = read_field(piece["inside"], fields[-1] if is_next else None)
        except FieldError as error:
            raise _error(template, part, text, piece, str(error)) from None
        fields.append(field)
        literals.append("")
    literals[-1] += text[end:]
    return MergeText(literals=tuple(literals), fields=tuple(fields))


def _column(field: MergeField, values: FieldValues | None, n: int) -> Iterable[str]:
    """Give what stands in the place of *field* for each of *n* customers."""
    fallback = _fallback(field)
    if values is None:
        return repeat(fallback, n)
    texts = values.texts
    if field.particle is not None:
        particle, add = field.particle, choose_form if field.particle_only else add_particle
        spelt = {text: add(text, particle) for text in set(texts)}
        texts = [spelt[text] for text in texts]
    if field.place == "url":
        texts = _encode(texts)
    elif field.place != "plain":
        texts = _escape(texts)
    if fallback and values.missing:
        texts = list(texts)
        for place in values.missing:
            texts[place] = fallback
    return texts


def _fallback(field: MergeField) -> str:
    fallback = field.fallback or ""
    if field.particle is None:
        return fallback
    form = choose_form(fallback, field.particle)
    return form if field.particle_only else fallback + form


def _escape(texts: list[str]) -> list[str]:
    """Escape *texts*, none of which has a line feed, all in one go: most need nothing."""
    joined = "\n".join(texts)
    if not texts or _TO_ESCAPE.search(joined) is None:
        return texts
    return html.escape(joined).split("\n")


def _encode(texts: list[str]) -> list[str]:
    """Percent-encode *texts*, none of which has a line feed, all in one go."""
    joined = "\n".join(texts)
    if not texts or _TO_ENCODE.search(joined) is None:
        return texts
    return quote(joined, safe="\n").split("\n")


def _error(
    template: str, part: str, text: str, piece: re.Match[str], problem: str
) -> TemplateError:
    line = text.count("\n", 0, piece.start()) + 1
    column = piece.start() - text.rfind("\n", 0, piece.start())
    return TemplateError(
        template, f"{problem} at line {line}, column {column} of its {part}", _WAY_OUT
    )
