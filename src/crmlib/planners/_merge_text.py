"""A text with merge fields: taken apart once, filled in for many customers.

There are no expressions on purpose: a field is a name and, if wanted, a
fallback, so whoever writes a template can neither call anything nor fill the
memory.
"""

from __future__ import annotations

import html
import re
from itertools import repeat
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import quote

import attrs

from crmlib.exceptions import TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Place = Literal["plain", "html", "url"]
"""Where a value stands, and so how it is written there."""

_PIECE: Final = re.compile(r"\{\{|\}\}|\{(?P<inside>[^{}]*)\}|(?P<stray>[{}])")
_NAME: Final = re.compile(r"[^\W\d]\w*")
_WRITERS: Final[Mapping[Place, Callable[[str], str]]] = {
    "plain": str,
    "html": html.escape,
    "url": lambda value: quote(value, safe=""),
}


@attrs.frozen(kw_only=True)
class MergeField:
    """A place in a text that a column of the audience fills.

    Parameters
    ----------
    name : str
        The column.
    fallback : str or None
        What stands there for customers without a value; None: nothing will do.
    place : {"plain", "html", "url"}
        How a value is written: as it is, escaped, or percent-encoded.
    """

    name: str
    fallback: str | None
    place: Place = "plain"


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

    def fill(self, values: Mapping[str, Sequence[str | None]], n: int) -> list[str]:
        """Give the text of each of *n* customers.

        Parameters
        ----------
        values : mapping of column to the *n* values of that column
            Columns that are not there count as missing for everybody.

        Returns
        -------
        list of str
            A missing value without a fallback leaves nothing in its place;
            such customers are to be held.
        """
        pattern = "%s".join(literal.replace("%", "%%") for literal in self.literals)
        columns = [_column(field, values.get(field.name)) for field in self.fields]
        rows: Iterable[tuple[str, ...]] = zip(*columns, strict=False) if columns else repeat(())
        return [pattern % row for row, _ in zip(rows, range(n), strict=False)]


def parse(template: str, part: str, text: str) -> MergeText:
    """Take *text*, the *part* of *template*, apart.

    Raises
    ------
    TemplateError
        If a brace or a field is malformed; the text says at which line and column.
    """
    literals, fields, end = [""], [], 0
    for piece in _PIECE.finditer(text):
        literals[-1] += text[end : piece.start()]
        end = piece.end()
        if piece["stray"]:
            raise _error(template, part, text, piece, f"has a lone {piece['stray']!r}")
        if piece["inside"] is None:
            literals[-1] += piece[0][0]
            continue
        name, bar, fallback = piece["inside"].partition("|")
        if not _NAME.fullmatch(name.strip()):
            raise _error(template, part, text, piece, f"has {piece[0]!r}, which is no merge field")
        fields.append(MergeField(name=name.strip(), fallback=fallback if bar else None))
        literals.append("")
    literals[-1] += text[end:]
    return MergeText(literals=tuple(literals), fields=tuple(fields))


def _column(field: MergeField, values: Sequence[str | None] | None) -> Iterable[str]:
    fallback = field.fallback or ""
    if values is None:
        return repeat(fallback)
    write = _WRITERS[field.place]
    return [fallback if value is None else write(value) for value in values]


def _error(
    template: str, part: str, text: str, piece: re.Match[str], problem: str
) -> TemplateError:
    line = text.count("\n", 0, piece.start()) + 1
    column = piece.start() - text.rfind("\n", 0, piece.start())
    return TemplateError(
        template,
        f"{problem} at line {line}, column {column} of its {part}",
        "write {column} or {column|fallback}, and {{ or }} for a brace",
    )
