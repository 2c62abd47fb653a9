"""The messages about the best suggestion for each customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlib.exceptions import InvalidParameterError
from crmlib.planners._merge_columns import add_merge_columns
from crmlib.planners._suggestion_scores import REASONS
from crmlib.planners._suggestion_words import language_of
from crmlib.planners._template_planner import DEFAULT, TemplatePlanner

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmlib.planners._interest_model import InterestModel
    from crmlib.planners._jinja_template import JinjaTemplate
    from crmlib.planners._template import Template

PART = 50_000
"""Customers whose messages are written at once."""


def write_interest_messages(
    model: InterestModel,
    templates: Mapping[Any, Template | JinjaTemplate] | None,
    audience: pd.DataFrame,
    medium: str,
    day: int,
) -> pd.DataFrame:
    """Write what :meth:`crmlib.planners.InterestPlanner.plan` gives.

    Raises
    ------
    InvalidParameterError
        If there are no *templates*, or one is for no reason that there is.
    """
    expected = f"a mapping with a Template for one at least of {[*REASONS, DEFAULT]}"
    if not templates:
        raise InvalidParameterError("templates", templates, expected)
    keys = {key[0] if isinstance(key, tuple) else key for key in templates}
    if unknown := keys - {*REASONS, DEFAULT}:
        raise InvalidParameterError("templates", unknown, expected)
    reasons = [each for each in REASONS if each in keys or DEFAULT in keys]
    writer = _ReasonWriter(templates)
    parts = []
    for start in range(0, max(1, len(audience)), PART):
        part = audience.iloc[start : start + PART]

        def speak(kinds: Any, part: pd.DataFrame = part) -> list[str]:
            spoken = writer.languages(part.assign(segment=kinds), medium=medium)
            return [language_of(each) for each in spoken]

        wide = add_merge_columns(model, part, reasons, day, speak=speak)
        parts.append(_explain(writer.plan(wide, medium=medium), wide, reasons))
    return pd.concat(parts)


class _ReasonWriter(TemplatePlanner):
    """Writes the template of a reason, which stands in the column ``segment``."""

    _keyed_by = "reason"


def _explain(messages: pd.DataFrame, wide: pd.DataFrame, reasons: list[str]) -> pd.DataFrame:
    """Say of each message why it is, and hold who gets nothing."""
    lost = wide["segment"].isna().to_numpy()
    columns = {name: messages[name].to_numpy(dtype=object, copy=True) for name in messages}
    for text in columns.keys() - {"why", "problem", "propensity"}:
        columns[text][lost] = None
    columns["why"] = wide["why"].to_numpy(dtype=object)
    columns["problem"][lost] = (
        f"nothing can be suggested for the reasons {reasons}; write for others as well"
    )
    return pd.DataFrame(columns, index=messages.index, dtype=object)
