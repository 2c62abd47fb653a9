"""One template filled in for many customers, with a sentence for each who must be held."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from crmlib.planners._field_values import MAX_VALUE_LENGTH, field_values, is_unsafe

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from crmlib.planners._template import Template


def write_messages(
    template: Template, audience: pd.DataFrame, places: list[int]
) -> dict[str, list[str | None]]:
    """Give the parts of the message, and ``problem``, for the rows at *places*.

    Returns
    -------
    dict of str to list of (str or None)
        For ``problem`` and each part that the template has, as long as
        *places*; whoever has a problem has no text.
    """
    known = [str(column) for column in audience.columns]
    wanted = [name for name in (*template.fields, "timezone") if name in audience.columns]
    rows = audience[wanted].iloc[places]
    values = {
        name: column
        for name in template.fields
        if (column := field_values(rows, name)) is not None
    }
    filled = {part: text.fill(values, len(rows)) for part, text in template.parsed.items()}
    problems: list[str | None] = [
        None if body.strip() else "has an empty text for this customer" for body in filled["body"]
    ]
    needed = {
        field.name
        for text in template.parsed.values()
        for field in text.fields
        if field.fallback is None
    }
    for name in template.fields:
        if name in values:
            _note_bad_values(name, values[name], problems, needed=name in needed)
        elif name in needed:
            problems = [_no_column(name, known)] * len(rows)
    written: dict[str, list[str | None]] = {
        part: [None if problem else text for text, problem in zip(texts, problems, strict=True)]
        for part, texts in filled.items()
    }
    return written | {"problem": problems}


def _note_bad_values(
    name: str, column: Sequence[str | None], problems: list[str | None], *, needed: bool
) -> None:
    for place, value in enumerate(column):
        if value is None:
            if needed:
                problems[place] = (
                    f"needs {{{name}}}, which is missing for this customer; write {{{name}|…}} "
                    "to say what stands there instead"
                )
        elif is_unsafe(value):
            problems[place] = (
                f"has a value for {{{name}}} that holds a line break, a control character or an "
                f"encoded header, or is longer than {MAX_VALUE_LENGTH} characters; clean it "
                "where it comes from"
            )


def _no_column(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    hint = f" (did you mean {{{close[0]}}}?)" if close else ""
    return f"needs {{{name}}}, which is no column of the audience{hint}; there are {known}"
