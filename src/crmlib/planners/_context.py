"""What is known of a customer when a message is chosen, as numbers for a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.base import clone, is_classifier
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from crmlib.exceptions import InvalidParameterError, InvalidTableError
from crmlib.tables import check_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def read_context(name: str, table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Give *columns* of *table*: numbers as floats, everything else as categories.

    Raises
    ------
    MissingColumnsError
        If a column is not there.
    InvalidTableError
        If a column holds instants, in which no model should look for a trend.
    """
    check_columns(name, table, columns)
    read: dict[str, Any] = {}
    for column in columns:
        values = table[column]
        if pd.api.types.is_datetime64_any_dtype(values):
            raise InvalidTableError(
                name, f"holds instants in {column!r}", "give days since then, or leave it out"
            )
        if pd.api.types.is_numeric_dtype(values):
            numbers = values.astype("float64").to_numpy()
            read[column] = np.where(np.isfinite(numbers), numbers, np.nan)
        else:
            texts = values.astype(object)
            read[column] = texts.where(texts.notna(), None).to_numpy()
    return pd.DataFrame(read, index=table.index)


def make_encoder(context: pd.DataFrame) -> Any:
    """Give a transformer that makes numbers of *context*, as :func:`read_context` gives it.

    Numbers are centred and scaled, missing ones get the median; categories
    become a column each, and one never seen before is none of them.
    """
    numeric = list(context.select_dtypes("number").columns)
    others = [column for column in context.columns if column not in numeric]
    numbers = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()
    )
    return make_column_transformer(
        (numbers, numeric),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), others),
        sparse_threshold=0,
    )


def make_model(model: Any, context: pd.DataFrame) -> Any:
    """Give a twin of *model* that takes *context* as :func:`read_context` gives it."""
    return make_pipeline(make_encoder(context), clone(model))


def default_model(rewards: Floats) -> Any:
    """Give a logistic regression for yes and no, and a linear one for money."""
    return LogisticRegression(max_iter=1000) if is_yes_or_no(rewards) else Ridge()


def is_yes_or_no(rewards: Floats) -> bool:
    """Say whether all *rewards* are 0 or 1."""
    return bool(np.isin(rewards, (0.0, 1.0)).all())


def fit_model(model: Any, context: pd.DataFrame, rewards: Floats) -> Any:
    """Fit a twin of *model*; where there is nothing to tell apart, give the mean.

    Raises
    ------
    InvalidParameterError
        If *model* is a classifier and rewards are not all 0 or 1.
    """
    if is_classifier(model) and not is_yes_or_no(rewards):
        raise InvalidParameterError(
            "the model", model, "a regressor, for these rewards are not all 0 or 1"
        )
    if len(np.unique(rewards)) < 2 or not len(context.columns):  # noqa: PLR2004
        return float(rewards.mean())
    return make_model(model, context).fit(context, rewards)


def predict_rewards(fitted: Any, context: pd.DataFrame) -> Floats:
    """Give the expected reward of each row by what :func:`fit_model` gave."""
    if isinstance(fitted, float):
        return np.full(len(context), fitted)
    if not len(context):
        return np.empty(0)
    if is_classifier(fitted):
        return np.asarray(fitted.predict_proba(context)[:, 1], dtype=np.float64)
    return np.asarray(fitted.predict(context), dtype=np.float64)


def fit_by_arm(
    model: Any, context: pd.DataFrame, chosen: npt.NDArray[np.intp], rewards: Floats, n_arms: int
) -> list[Any]:
    """Fit one model per arm; an arm that was never chosen gets the mean of all."""
    mean = float(rewards.mean())
    return [
        fit_model(model, context[chosen == arm], rewards[chosen == arm])
        if (chosen == arm).any()
        else mean
        for arm in range(n_arms)
    ]
