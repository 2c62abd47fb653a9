"""What the header and the table of a plan must look like."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from crmlib.exceptions import InvalidParameterError, InvalidTableError
from crmlib.messages import Decision
from crmlib.tables import check_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

PLAN_FORMAT: Final = "crmlib.plan/1"
PLAN_COLUMNS: Final = (
    "segment",
    "decision",
    "reason",
    "detail",
    "channel",
    "medium",
    "address",
    "name",
    "locale",
    "timezone",
    "template",
    "propensity",
    "subject",
    "message",
    "html",
    "button_label",
    "button_url",
    "registered_code",
    "registered_variables",
    "opt_out_url",
    "send_at",
    "not_after",
    "message_key",
    "night_consent",
    "why_who",
    "why_what",
    "why_when",
)
INSTANTS: Final = ("send_at", "not_after")
HEADER_KEYS: Final = (
    "format",
    "campaign",
    "created_at",
    "purpose",
    "policy",
    "sender",
    "channels",
    "holdout",
    "not_after",
)
_NEEDED_TO_SEND: Final = (
    "channel",
    "medium",
    "address",
    "message",
    "message_key",
    "send_at",
    "not_after",
)


def canonical(value: object) -> bytes:
    """Give *value* as JSON in its one spelling: sorted keys, no spaces, no NaN."""
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )
    return text.encode()


def plan_header(header: Mapping[str, Any]) -> dict[str, Any]:
    """Give a copy of *header* that is plain JSON, as it will be after a round trip."""
    missing = [key for key in HEADER_KEYS if key not in header]
    if missing:
        raise InvalidParameterError("header", sorted(header), f"a mapping that holds {missing}")
    if header["format"] != PLAN_FORMAT:
        raise InvalidParameterError("header['format']", header["format"], repr(PLAN_FORMAT))
    try:
        plain: dict[str, Any] = json.loads(canonical(dict(header)))
    except (TypeError, ValueError) as error:
        raise InvalidParameterError("header", dict(header), f"plain JSON ({error})") from error
    return plain


def plan_table(table: pd.DataFrame) -> pd.DataFrame:
    """Give *table* with the columns, types and order of a plan."""
    check_columns("the plan", table, PLAN_COLUMNS)
    if len(table.columns) != len(PLAN_COLUMNS):
        extra = sorted(set(table.columns) - set(PLAN_COLUMNS))
        raise InvalidTableError("the plan", f"has other columns: {extra}", "leave them out")
    ids = pd.Index(table.index, dtype=object, name="customer_id")
    _check_text("customer_id", ids)
    if not ids.is_unique:
        again = ids[ids.duplicated()][0]
        raise InvalidTableError("the plan", f"names {again!r} twice", "give one row per customer")
    columns = {name: _plan_column(name, table[name].set_axis(ids)) for name in PLAN_COLUMNS}
    plain = pd.DataFrame(columns, index=ids)
    if not ids.is_monotonic_increasing:
        plain = plain.sort_index()
    _check_decisions(plain)
    return plain


def _plan_column(name: str, column: pd.Series[Any]) -> pd.Series[Any]:
    if name in INSTANTS:
        return pd.to_datetime(column, utc=True).dt.as_unit("us")
    if name == "propensity":
        return _chances(column)
    if name == "night_consent":
        if pd.api.types.infer_dtype(column, skipna=False) not in {"boolean", "empty"}:
            raise InvalidTableError(
                "the plan", f"holds no booleans in {name}", "give True or False"
            )
        return column.astype(bool)
    texts = column.astype(object)
    texts = texts.where(texts.notna(), None)
    _check_text(name, texts)
    return texts


def _chances(column: pd.Series[Any]) -> pd.Series[Any]:
    """Give probabilities as floats, NaN where none is known."""
    numbers = pd.to_numeric(column, errors="coerce").astype("float64")
    if (column.notna() & ~((numbers > 0) & (numbers <= 1))).any():
        raise InvalidTableError(
            "the plan",
            f"holds what is no probability in {column.name}",
            "give numbers above 0 and at most 1, or None",
        )
    return numbers


def _check_text(name: str, values: Any) -> None:
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind not in {"string", "empty"}:
        raise InvalidTableError("the plan", f"holds {kind} in {name}", "give text or None")


def _check_decisions(table: pd.DataFrame) -> None:
    known = [decision.value for decision in Decision]
    strange = table.loc[~table["decision"].isin(known), "decision"]
    if len(strange):
        raise InvalidTableError(
            "the plan", f"holds the decision {strange.iloc[0]!r}", f"use one of {known}"
        )
    planned = table.loc[table["decision"] != Decision.HELD]
    for column in _NEEDED_TO_SEND:
        if planned[column].isna().any():
            row = planned.index[planned[column].isna()][0]
            raise InvalidTableError(
                "the plan", f"has no {column} for {row!r}", "hold that customer, with a reason"
            )
    if not planned["message_key"].is_unique:
        raise InvalidTableError(
            "the plan", "holds one message_key twice", "hold the second one: DUPLICATE_ADDRESS"
        )
    if (planned["send_at"] >= planned["not_after"]).any():
        raise InvalidTableError(
            "the plan", "holds a send_at at or after its not_after", "send earlier, or hold it"
        )
