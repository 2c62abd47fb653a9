"""The parts of a template with merge fields, filled in column by column."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from crmlib.planners._field_values import FieldValues, field_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmlib.planners._field_values import Rows
    from crmlib.planners._merge_field import Spelling
    from crmlib.planners._merge_text import MergeText


def fill_parts(
    parsed: Mapping[str, MergeText], rows: Rows, known: Sequence[str]
) -> tuple[dict[str, list[Any]], dict[int, str]]:
    """Give the texts of each part, and what is wrong at some places.

    Parameters
    ----------
    parsed : mapping of part to MergeText
    rows : Rows
    known : sequence of str
        All columns of the audience, for those who misspell one.
    """
    needed: dict[Spelling, bool] = {}
    for text in parsed.values():
        for field in text.fields:
            is_needed = needed.get(field.spelling, False) or field.fallback is None
            needed[field.spelling] = is_needed
    values, problems = _look_up(rows, needed, known)
    n = len(rows.table)
    filled: dict[str, list[Any]] = {part: text.fill(values, n) for part, text in parsed.items()}
    if not parsed["body"].says_something:
        for place, body in enumerate(filled["body"]):
            if not body.strip():
                problems.setdefault(place, EMPTY)
    return filled, problems


EMPTY = "has an empty text for this customer"


def no_column(name: str, known: Sequence[str]) -> str:
    """Say that *name* is no column, and which it may be."""
    close = get_close_matches(name, known, n=1)
    hint = f" (did you mean {{{close[0]}}}?)" if close else ""
    return f"needs {{{name}}}, which is no column of the audience{hint}; there are {list(known)}"


def _look_up(
    rows: Rows, needed: dict[Spelling, bool], known: Sequence[str]
) -> tuple[dict[Spelling, FieldValues], dict[int, str]]:
    """Give the values of each spelling, and a problem for each row that cannot do without."""
    values = {}
    problems: dict[int, str] = {}
    for spelling, is_needed in needed.items():
        found = field_values(rows, spelling)
        if found is None:
            if is_needed:
                everybody = range(len(rows.table))
                problems |= dict.fromkeys(everybody, no_column(spelling.name, known))
            continue
        values[spelling] = found
        problems |= found.problems
        if is_needed:
            problem = (
                f"needs {{{spelling.name}}}, which is missing for this customer; write "
                f"{{{spelling.name}|…}} to say what stands there instead"
            )
            problems |= dict.fromkeys(found.missing, problem)
    return values, problems
