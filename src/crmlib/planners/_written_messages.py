"""One template filled in for many customers, with a sentence for each who must be held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.planners._field_values import Rows

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.planners._jinja_template import JinjaTemplate
    from crmlib.planners._template import Template

_BESIDES = ("locale", "timezone", "currency")
"""Columns that say how others are written."""


def write_messages(
    template: Template | JinjaTemplate, audience: pd.DataFrame, places: list[int]
) -> dict[str, list[str | None]]:
    """Give the parts of the message, and ``problem``, for the rows at *places*.

    With merge fields it works column by column, so a message costs about as
    much as joining its pieces.

    Returns
    -------
    dict of str to list of (str or None)
        For ``problem`` and each part that the template has, as long as
        *places*; whoever has a problem has no text.
    """
    names = {*template.fields, *_BESIDES}
    wanted = [name for name in audience.columns if name in names]
    rows = Rows(table=audience[wanted].iloc[places], language=template.language)
    filled, problems = template.fill(rows, [str(column) for column in audience.columns])
    told: list[str | None] = [None] * len(places)
    for place, problem in problems.items():
        told[place] = problem
        for texts in filled.values():
            texts[place] = None
    return filled | {"problem": told}
