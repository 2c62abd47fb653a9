"""Columns of the audience as the texts that stand in a message."""

from __future__ import annotations

import datetime as dt
from itertools import compress
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pandas as pd

from crmlib.planners._day_texts import day_texts, local_days
from crmlib.planners._number_texts import known_locale, money_texts, number_texts
from crmlib.safe_text import is_plain_line

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from crmlib.planners._merge_field import Spelling

MAX_VALUE_LENGTH: Final = 500
"""Characters: longer values are no names, and could drown the message."""


@attrs.frozen(kw_only=True, eq=False)
class FieldValues:
    """The texts of one column.

    Parameters
    ----------
    texts : list of str
        On one line each; empty where there is none.
    missing : list of int
        Places of customers without a value.
    problems : dict of int to str
        What is wrong with the values at some places, which are empty too.
    """

    texts: list[str]
    missing: list[int]
    problems: dict[int, str]


@attrs.frozen(kw_only=True, eq=False)
class Rows:
    """The customers that a template is filled in for.

    Parameters
    ----------
    table : DataFrame of shape (n_customers, n_columns)
    language : str
        Of the template.
    """

    table: pd.DataFrame
    language: str

    def column(self, name: str) -> pd.Series[Any] | None:
        """Give the column, or the index if that is its name."""
        if name in self.table.columns:
            return self.table[name]
        return self.table.index.to_series() if name == self.table.index.name else None

    def plain(self, name: str) -> npt.NDArray[Any] | None:
        """Give the column as objects with None where missing; None if there is none."""
        if name not in self.table.columns:
            return None
        column = self.table[name].astype(object)
        return column.where(column.notna(), None).to_numpy()


def field_values(rows: Rows, spelling: Spelling) -> FieldValues | None:
    """Give the values of the column that *spelling* names, as it says.

    Without a format, days are written 2011-12-10 (instants by the customer's
    own calendar, if there is a ``timezone``), numbers without a superfluous
    ".0" and else with two decimals.

    Returns
    -------
    FieldValues or None
        None if the audience has no such column.
    """
    column = rows.column(spelling.name)
    if column is None:
        return None
    if spelling.form in {"date", "day"}:
        return _days(rows, column, spelling)
    if spelling.form is not None:
        return _numbers(rows, column, spelling)
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return _iso_days(rows, column, spelling)
    if pd.api.types.is_integer_dtype(column.dtype) and not column.hasnans:
        return FieldValues(texts=list(map(str, column.tolist())), missing=[], problems={})
    return _checked([_text(value) for value in column.tolist()], spelling)


def _checked(values: list[str | None], spelling: Spelling) -> FieldValues:
    """Empty what could forge a header, hide a text or drown the message."""
    missing = [place for place, value in enumerate(values) if value is None]
    texts = [value or "" for value in values]
    problems = {}
    # one look at all of them: encoded words have no blank in them, so none begins between two
    if not is_plain_line(" ".join(texts)) or max(map(len, texts), default=0) > MAX_VALUE_LENGTH:
        unsafe = [place for place, text in enumerate(texts) if is_unsafe(text)]
        problems = dict.fromkeys(unsafe, unsafe_value(spelling.name))
        for place in unsafe:
            texts[place] = ""
    return FieldValues(texts=texts, missing=missing, problems=problems)


def is_unsafe(value: str) -> bool:
    """Say whether *value* could forge a header, hide a text or drown the message."""
    return len(value) > MAX_VALUE_LENGTH or not is_plain_line(value)


def unsafe_value(name: str) -> str:
    """Say what is wrong with an unsafe value of the column *name*."""
    return (
        f"has a value for {{{name}}} that holds a line break, a control character or an encoded "
        f"header, or is longer than {MAX_VALUE_LENGTH} characters; clean it where it comes from"
    )


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        # the same letters as a plain str, whatever class a customer's value has
        return str.__str__(value) if value and not value.isspace() else None
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, float):
        return write_float(value) if np.isfinite(value) else None
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return str(value)


def write_float(value: float) -> str:
    """Write *value* without a superfluous ".0", and else with two decimals."""
    return f"{value:.0f}" if value.is_integer() else f"{value:.2f}"


def _iso_days(rows: Rows, column: pd.Series[Any], spelling: Spelling) -> FieldValues:
    days, bad = local_days(column, rows.plain("timezone"))
    texts = np.datetime_as_string(days).tolist()
    return _pieced(texts, np.isnat(days) & ~bad, _bad_days(spelling, bad))


def _days(rows: Rows, column: pd.Series[Any], spelling: Spelling) -> FieldValues:
    days, bad = local_days(column, rows.plain("timezone"))
    there = ~np.isnat(days) & ~bad
    form = spelling.form or ""
    texts = _by_kind(
        rows, there, None, lambda places, locale, _: day_texts(days[places], form, locale)
    )
    return _pieced(texts, ~there & ~bad, _bad_days(spelling, bad))


def _bad_days(spelling: Spelling, bad: npt.NDArray[np.bool_]) -> dict[int, str]:
    problem = (
        f"has a value for {spelling} that is no day such as 2011-12-10, or a timezone that "
        "there is not"
    )
    return _problem_at(bad, problem)


def _numbers(rows: Rows, column: pd.Series[Any], spelling: Spelling) -> FieldValues:
    is_numeric = column.dtype.kind in "iuf"
    numbers = column if is_numeric else pd.to_numeric(column.astype(object), errors="coerce")
    values = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    there = np.isfinite(values)
    missing = ~there & (is_numeric | _is_missing(column))
    problems = _problem_at(~there & ~missing, f"has a value for {spelling} that is no number")
    currencies = None
    if spelling.form == "money":
        currencies, is_known = _currencies(rows, spelling)
        problems |= _problem_at(
            there & ~is_known,
            f"has no currency for {spelling}; write {{{spelling.name}:money KRW}}, or give the "
            "audience a column 'currency'",
        )
        there &= is_known

    def write(places: npt.NDArray[np.intp], locale: str, currency: str | None) -> list[str]:
        if currency is None:
            return number_texts(values[places], locale)
        return money_texts(values[places], currency, locale)

    return _pieced(_by_kind(rows, there, currencies, write), missing, problems)


def _problem_at(bad: npt.NDArray[np.bool_], problem: str) -> dict[int, str]:
    return dict.fromkeys(np.flatnonzero(bad).tolist(), problem)


def _is_missing(column: pd.Series[Any]) -> npt.NDArray[np.bool_]:
    return np.array([_text(value) is None for value in column.tolist()], dtype=bool)


def _currencies(rows: Rows, spelling: Spelling) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """Give the currency of each row, and where it is one that there is."""
    from babel.numbers import is_currency  # noqa: PLC0415 -- slow to load

    n = len(rows.table)
    if spelling.currency is not None:
        return np.full(n, spelling.currency, dtype=object), np.ones(n, dtype=bool)
    column = rows.plain("currency")
    if column is None:
        return np.full(n, None, dtype=object), np.zeros(n, dtype=bool)
    codes, names = pd.factorize(pd.Series(column, dtype=object), use_na_sentinel=False)
    spelt = np.array([str(name).strip().upper() for name in names], dtype=object)
    known = np.array([bool(is_currency(name, "en")) for name in spelt], dtype=bool)
    return spelt[codes], known[codes]


def _by_kind(
    rows: Rows,
    there: npt.NDArray[np.bool_],
    currencies: npt.NDArray[Any] | None,
    write: Callable[[npt.NDArray[np.intp], str, str | None], list[str]],
) -> list[str]:
    """Write the values that are *there*, those of one locale and currency together."""
    texts = np.full(len(there), "", dtype=object)
    locales = rows.plain("locale")
    if locales is None:
        locales = np.full(len(there), "", dtype=object)
    kinds = pd.DataFrame({"locale": locales, "currency": currencies})[there]
    codes = kinds.groupby(["locale", "currency"], dropna=False, sort=False).ngroup().to_numpy()
    places = np.flatnonzero(there)
    for code in range(codes.max(initial=-1) + 1):
        mine = places[codes == code]
        tag, currency = locales[mine[0]], None if currencies is None else currencies[mine[0]]
        written = write(mine, known_locale(str(tag or ""), rows.language), currency)
        texts[mine] = written
    filled: list[str] = texts.tolist()
    return filled


def _pieced(
    texts: list[str], missing: npt.NDArray[np.bool_], problems: dict[int, str]
) -> FieldValues:
    places = list(compress(range(len(missing)), missing.tolist()))
    for place in (*places, *problems):
        texts[place] = ""
    return FieldValues(texts=texts, missing=places, problems=problems)
