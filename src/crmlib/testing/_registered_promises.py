"""The promise of message planners about texts that are registered with a provider."""
# ruff: noqa: D401 -- a promise is a statement, no order

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd

from crmlib.exceptions import ConformanceError
from crmlib.safe_text import is_line

if TYPE_CHECKING:
    from crmlib.testing._estimator_trial import EstimatorTrial

REGISTERED = ("registered_code", "registered_variables")


def gives_whole_registered_texts(trial: EstimatorTrial) -> None:
    """A registered text has a code, and its variables as a JSON object of texts, or neither."""
    answer = trial.answer(trial.fitted())
    for code, variables in answer[list(REGISTERED)].itertuples(index=False):
        if pd.isna(code) and pd.isna(variables):
            continue
        is_code = isinstance(code, str) and code.strip() and is_line(code)
        if not (is_code and _are_texts(variables)):
            raise ConformanceError(
                'a code and variables such as {"name": "Mina"}, or neither',
                f"code {code!r} and variables {variables!r}",
                "give both columns, variables by json.dumps(), or leave both empty",
            )


def _are_texts(variables: object) -> bool:
    try:
        told = json.loads(str(variables))
    except ValueError:
        return False
    return isinstance(told, dict) and all(isinstance(value, str) for value in told.values())
