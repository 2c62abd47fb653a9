"""What a customer is, column by column: in words, as expressions over the table."""

from __future__ import annotations

import re
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import attrs
import narwhals.stable.v2 as nw
import pandas as pd
from pandas.api.types import (
    is_bool_dtype,
    is_numeric_dtype,
    is_object_dtype,
    is_string_dtype,
)

from crmlib.exceptions import InvalidTableError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OLDEST = 120
_TEN = 10

KINDS = ("age", "number", "truth", "text")
_LARGEST_WHOLE = 2.0**53
_A_WORD = re.compile(r"[^\W\d_]{2}")

_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": MappingProxyType(
            {
                "female": "women",
                "male": "men",
                "unknown": "{} unknown",
                "yes": "{}",
                "no": "no {}",
                "decade": "{}s",
                "band": "aged {} to {}",
                "below": "under {}",
                "above": "{} and over",
                "others": "others",
                "nothing": "not known",
            }
        ),
        "ko": MappingProxyType(
            {
                "female": "여성",
                "male": "남성",
                "unknown": "{} 미상",
                "yes": "{}",
                "no": "{} 아님",
                "decade": "{}대",
                "band": "{}~{}세",
                "below": "{}세 미만",
                "above": "{}세 이상",
                "others": "기타",
                "nothing": "미상",
            }
        ),
    }
)
_COLUMNS_KO: Mapping[str, str] = MappingProxyType(
    {"gender": "성별", "age": "나이", "age_band": "연령대", "region": "지역", "locale": "언어"}
)
_COLUMNS_EN: Mapping[str, str] = MappingProxyType({"age_band": "age"})


def read_words(labels: str) -> Mapping[str, str]:
    """Give the words of a language.

    Raises
    ------
    UnknownNameError
    """
    if not (isinstance(labels, str) and labels in _WORDS):
        raise UnknownNameError("language of labels", str(labels), list(_WORDS))
    return _WORDS[labels]


@attrs.frozen(kw_only=True)
class Trait:
    """How one column is put into words.

    Parameters
    ----------
    column : str
    kind : str
        One of ``KINDS``.
    labels : {"en", "ko"}
    edges : tuple of int
        Of an age, the ages with which a band begins.
    prefixed : bool
        Whether the name of the column stands before its values, as they say
        nothing alone.
    """

    column: str
    kind: str
    labels: str
    edges: Sequence[int] = ()
    prefixed: bool = False

    @property
    def name(self) -> str:
        """The column as it is called in names of segments."""
        names = _COLUMNS_KO if self.labels == "ko" else _COLUMNS_EN
        return names.get(self.column, self.column.replace("_", " "))

    @property
    def unknown(self) -> str:
        """How those are called of whom it is not known."""
        return read_words(self.labels)["unknown"].format(self.name)

    def take(self, column: pd.Series) -> pd.Series:
        """Give *column*, one without any value as of the kind that it was at fit.

        Raises
        ------
        InvalidTableError
            If it holds another kind of values than at fit.
        """
        if column.isna().all():
            kinds: dict[str, Any] = {
                "text": "str",
                "truth": "boolean",
                "number": "Float64",
                "age": "Float64",
            }
            nothing = pd.array([None] * len(column), dtype=kinds[self.kind])
            return pd.Series(nothing, index=column.index)
        dtype = column.dtype
        if isinstance(dtype, pd.CategoricalDtype):
            dtype = dtype.categories.dtype
        fits = {
            "text": not is_numeric_dtype(dtype),
            "truth": is_bool_dtype(dtype),
            "number": is_numeric_dtype(dtype),
            "age": is_numeric_dtype(dtype),
        }
        if not fits[self.kind]:
            raise InvalidTableError(
                "customers",
                f"holds {dtype} in {self.column!r}, which was of another kind at fit",
                "bring it to the kind that it had",
            )
        return column

    def rank(self, words: str) -> tuple[bool, int, str]:
        """Give what *words* are sorted by: their order in the column, unknown last."""
        place = 0
        if self.kind == "age":
            place = next((low for low, _, said in self.bands() if said == words), 0)
        elif self.kind == "number" and words != self.unknown:
            place = int(words.rpartition(" ")[2])
        return words == self.unknown, place, words

    def expression(self) -> nw.Expr:
        """Give the words for the value of a customer; never missing."""
        make = {
            "age": self._say_age,
            "number": self._say_number,
            "truth": self._say_truth,
            "text": self._say_text,
        }
        return make[self.kind]()

    def bands(self) -> list[tuple[int, int, str]]:
        """Give the first age, the first age above, and the words of each band."""
        words = read_words(self.labels)
        bands = [
            (low, high, words["decade"].format(low))
            if high - low == _TEN and low % _TEN == 0 and low > 0
            else (low, high, words["band"].format(low, high - 1))
            for low, high in pairwise(self.edges)
        ]
        first, last = self.edges[0], self.edges[-1]
        if first > 0:
            bands.insert(0, (0, first, words["below"].format(first)))
        return [*bands, (last, OLDEST, words["above"].format(last))]

    def _say_age(self) -> nw.Expr:
        age = nw.col(self.column).cast(nw.Float64())
        said = nw.lit(self.unknown)
        for low, high, words in self.bands():
            # Both ends are asked for: engines differ in whether NaN is above all numbers.
            said = nw.when((age >= low) & (age < high)).then(nw.lit(words)).otherwise(said)
        return said

    def _say_number(self) -> nw.Expr:
        number = nw.col(self.column).cast(nw.Float64())
        known = (number >= -_LARGEST_WHOLE) & (number <= _LARGEST_WHOLE)  # NaN is not
        whole = nw.when(known).then(number).otherwise(nw.lit(0.0)).floor().cast(nw.Int64())
        text = nw.concat_str(nw.lit(f"{self.name} "), whole.cast(nw.String()))
        return nw.when(known).then(text).otherwise(nw.lit(self.unknown))

    def _say_truth(self) -> nw.Expr:
        words, truth = read_words(self.labels), nw.col(self.column)
        yes, no = (nw.lit(words[key].format(self.name)) for key in ("yes", "no"))
        said = nw.when(truth).then(yes).otherwise(no)
        return nw.when(~truth.is_null()).then(said).otherwise(nw.lit(self.unknown))

    def _say_text(self) -> nw.Expr:
        text = nw.col(self.column).cast(nw.String())
        said = nw.concat_str(nw.lit(f"{self.name} "), text) if self.prefixed else text
        words = read_words(self.labels)
        if self.column == "gender":
            for value in ("female", "male"):
                said = nw.when(text == value).then(nw.lit(words[value])).otherwise(said)
        known = ~text.is_null() & (text.str.strip_chars() != "")
        return nw.when(known).then(said).otherwise(nw.lit(self.unknown))


def learn_trait(column: pd.Series, labels: str, edges: Sequence[int]) -> Trait:
    """Say how *column* is put into words.

    Raises
    ------
    InvalidTableError
        If it holds numbers that are not whole, or neither numbers nor texts.
    """
    name = str(column.name)
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    dtype = column.dtype
    if is_bool_dtype(dtype):
        return Trait(column=name, kind="truth", labels=labels)
    if is_numeric_dtype(dtype) and name == "age":
        return Trait(column=name, kind="age", labels=labels, edges=edges)
    known = column.dropna()
    if is_numeric_dtype(dtype) and bool((known % 1 == 0).all()):
        return Trait(column=name, kind="number", labels=labels)
    if not (is_string_dtype(dtype) or is_object_dtype(dtype)) or not all(
        isinstance(text, str) for text in known.unique()
    ):
        raise InvalidTableError(
            "customers",
            f"has neither texts nor whole numbers in {name!r} but {dtype}",
            "cut it into groups that have names, as text",
        )
    say_enough = name == "age_band" or all(map(_A_WORD.search, known.unique()))
    return Trait(column=name, kind="text", labels=labels, prefixed=not say_enough)
