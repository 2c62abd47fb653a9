"""Ids as integers.

Numpy compares, sorts and counts integers many times faster than texts.  So an
id becomes one or several *words*: int64 that are equal where the ids are equal
and sort as the ids sort.  A number is one word.  A text is as many words as
its bytes in UTF-8 fill, padded with zeros; texts too long for that, texts with
zeros of their own, and all texts where there is no pyarrow are numbered instead.
Texts that differ in dense numbers at their ends are these numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from crmlib.features._block_columns import find_span, open_column, split
from crmlib.features._digit_ids import DigitForm, find_number_span, sort_as_texts

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from crmlib.features._block_columns import Int64s
    from crmlib.features._threads import Threads

_INTEGERS = (nw.Int8, nw.Int16, nw.Int32, nw.Int64, nw.UInt8, nw.UInt16, nw.UInt32, nw.UInt64)
_FLOATS = (nw.Float32, nw.Float64)
_SIGN = np.int64(-(2**63))
_WORD = 8
_MOST_WORDS = 4
# What keeps the first 0, 1, … 8 bytes of a word.
_MASKS = np.array([2**64 - 2 ** (64 - 8 * kept) for kept in range(_WORD + 1)], dtype=np.uint64)


@attrs.frozen(kw_only=True, eq=False)
class Ids:
    """A column of ids.

    Parameters
    ----------
    read : callable
        Gives the words of the rows from its first argument to before its
        second: *n_words* arrays of int64, the most significant first.  Those
        of rows without an id mean nothing.
    n_words : int, default=1
    span : tuple of int, or None, default=None
        Lowest and highest word, if there is one word and they are known.
    sort_key : callable or None, default=None
        Gives integers that sort as the ids, of words that do not.
    """

    read: Callable[[int, int], list[Int64s]]
    n_words: int = 1
    span: tuple[int, int] | None = None
    sort_key: Callable[[Int64s], Int64s] | None = None


def read_ids(column: nw.Series[Any], n_block: int, threads: Threads) -> Ids:
    """Make words of *column*, looking at *n_block* rows at a time."""
    if column.dtype in _INTEGERS:
        return _read_integers(column, n_block, threads)
    if column.dtype in _FLOATS:
        values = open_column(column)
        return Ids(read=lambda start, stop: [_order_floats(values(start, stop))])
    texts = column if column.dtype == nw.String else column.cast(nw.String())
    return _read_texts(texts, n_block, threads) or number_texts(texts)


def number_texts(column: nw.Series[Any]) -> Ids:
    """Give texts numbers from 0 as they sort; missing ones are -1."""
    array = _to_arrow(column)
    if array is None:
        codes, texts = _number_objects(column)
    else:
        encoded = array.dictionary_encode()
        codes = encoded.indices.fill_null(-1).to_numpy().astype(np.int64)
        texts = encoded.dictionary.to_numpy(zero_copy_only=False)
    ranks = np.empty(len(texts) + 1, dtype=np.int64)
    ranks[np.argsort(texts)] = np.arange(len(texts))
    ranks[-1] = -1
    codes = ranks[codes]
    span = int(codes.min()), int(codes.max())
    return Ids(read=lambda start, stop: [codes[start:stop]], span=span)


def _number_objects(column: nw.Series[Any]) -> tuple[Int64s, npt.NDArray[np.object_]]:
    """Give texts numbers from 0 as they come, missing ones -1; and the texts."""
    missing = column.is_null().to_numpy()
    values = np.where(missing, "", np.asarray(column.to_numpy(), dtype=object))
    # Lines of one order stand together: compare each with the one before, then look fewer up.
    changes = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=changes[1:])
    codes, texts = pd.factorize(values[changes])
    codes = codes[np.cumsum(changes) - 1]
    codes[missing] = -1
    return codes, texts


def _read_integers(column: nw.Series[Any], n_block: int, threads: Threads) -> Ids:
    """Read integers as they are; those without a sign that do not fit are moved down."""
    values = open_column(column.fill_null(0) if column.is_null().any() else column)
    is_wide = column.dtype == nw.UInt64

    def read(start: int, stop: int) -> list[Int64s]:
        part = values(start, stop)
        return [part.view(np.int64) ^ _SIGN if is_wide else part.astype(np.int64, copy=False)]

    span = find_span(
        lambda start, stop: read(start, stop)[0], split(len(column), n_block), threads
    )
    return Ids(read=read, span=span)


def _order_floats(values: npt.NDArray[Any]) -> Int64s:
    """Give the bits of floats, those of negative ones turned round, so that they sort."""
    bits = (values.astype(np.float64) + 0.0).view(np.int64)  # adding makes 0.0 of -0.0
    return np.asarray(bits ^ ((bits >> 63) & ~_SIGN))


def _read_texts(column: nw.Series[Any], n_block: int, threads: Threads) -> Ids | None:
    """Read texts by their bytes, or give None if that does not do."""
    native = column.to_native()
    is_arrow = isinstance(native, pd.Series) and getattr(native.dtype, "storage", "") == "pyarrow"
    # What is Arrow already need not be converted block by block.
    whole = _to_arrow(column if is_arrow else column[:0])
    if whole is None:
        return None

    def read(start: int, stop: int) -> tuple[Int64s, npt.NDArray[np.uint8]]:
        return _find_bytes(whole[start:stop] if is_arrow else _to_arrow(column[start:stop]))

    if (digits := _read_digits(column, read, n_block, threads)) is not None:
        return digits

    def measure(rows: tuple[int, int]) -> tuple[int, int]:
        starts, data = read(*rows)
        return int(data.min(initial=1)), int(np.diff(starts).max())

    lowest, longest = zip(*threads.map(measure, split(len(column), n_block)), strict=True)
    if not min(lowest):
        return None
    n_words = max(-(-max(longest) // _WORD), 1)
    if n_words > _MOST_WORDS:
        return None
    return Ids(read=lambda start, stop: _pack(*read(start, stop), n_words), n_words=n_words)


def _read_digits(
    column: nw.Series[Any],
    read: Callable[[int, int], tuple[Int64s, npt.NDArray[np.uint8]]],
    n_block: int,
    threads: Threads,
) -> Ids | None:
    """Read texts by the numbers at their ends, or give None if these are not dense."""
    form = DigitForm.guess(read(0, 1)[1].tobytes())
    if form is None:
        return None
    blocks = []
    described = threads.map(lambda rows: form.describe(*read(*rows)), split(len(column), n_block))
    for block in described:
        if block is None:
            return None
        blocks.append(block)
    found = find_number_span(blocks)
    if found is None or found[0][1] - found[0][0] >= len(column):
        return None
    span, is_even = found
    return Ids(
        read=lambda start, stop: [form.numbers(*read(start, stop))],
        span=span,
        sort_key=None if is_even else sort_as_texts,
    )


def _to_arrow(column: nw.Series[Any]) -> Any:
    """Give texts as one Arrow array, or None if there is no pyarrow."""
    try:
        array = column.to_arrow().cast("large_string")
    except ImportError:
        return None
    return array.combine_chunks() if hasattr(array, "combine_chunks") else array


def _find_bytes(array: Any) -> tuple[Int64s, npt.NDArray[np.uint8]]:
    """Give the place at which each text begins, one more for the end, and all bytes."""
    _, offsets, data = array.buffers()
    starts = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    bytes_ = np.frombuffer(data or b"", dtype=np.uint8)
    return starts - starts[0], bytes_[starts[0] : starts[-1]]


def _pack(starts: Int64s, data: npt.NDArray[np.uint8], n_words: int) -> list[Int64s]:
    """Give the words of texts."""
    padded = np.zeros(len(data) + n_words * _WORD, dtype=np.uint8)
    padded[: len(data)] = data
    # A word begins at every byte; those at which texts begin are picked.
    every = np.ndarray((len(padded) - _WORD + 1,), dtype=">u8", buffer=padded, strides=(1,))
    lengths = np.diff(starts)
    words = []
    for done in range(0, n_words * _WORD, _WORD):
        word = every[starts[:-1] + done].astype(np.uint64)
        word &= _MASKS.take(lengths - done, mode="clip")
        words.append(word.view(np.int64) ^ _SIGN)
    return words
