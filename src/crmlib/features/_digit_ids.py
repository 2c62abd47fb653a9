"""Texts that differ in a number at their end, such as ``C1`` and ``C27``, as that number.

Where the numbers are dense they are places in tables, and nothing has to be
looked up.  All texts begin alike; then come one to eight digits, without
zeros before the number or all of one length.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from crmlib.features._block_columns import Int64s

    _Words = npt.NDArray[np.uint64]

_WORD: Final = 8
_MOST_DIGITS: Final = _WORD
# What keeps the last 0, 1, … 8 characters of a word whose first is its lowest byte.
_MASKS: Final = np.array([2**64 - 2 ** (64 - 8 * kept) for kept in range(9)], dtype=np.uint64)
# The lowest number of 0, 1, … 8 digits.
_FIRST: Final = np.array([0, 0, *10 ** np.arange(1, _MOST_DIGITS)])
_HIGH, _ZEROS, _SIX = (np.uint64(int(two * 8, 16)) for two in ("F0", "30", "06"))
# Digits become pairs, pairs fours, and fours the number.
_STEPS: Final = tuple(
    (np.uint64(mask), np.uint64(factor), np.uint64(shift))
    for mask, factor, shift in (
        (0x0F0F0F0F0F0F0F0F, 10 * 2**8 + 1, 8),
        (0x00FF00FF00FF00FF, 100 * 2**16 + 1, 16),
        (0x0000FFFF0000FFFF, 10_000 * 2**32 + 1, 32),
    )
)


@attrs.frozen(kw_only=True)
class DigitForm:
    """How the texts of a column look.

    Parameters
    ----------
    head : bytes
        What they begin with.
    """

    head: bytes

    @classmethod
    def guess(cls, text: bytes) -> DigitForm | None:
        """Guess from one *text*; None if it does not end with a digit."""
        digits = re.search(rb"[0-9]+\Z", text)
        if digits is None:
            return None
        return cls(head=text[: max(digits.start(), len(text) - _MOST_DIGITS)])

    def numbers(self, starts: Int64s, data: npt.NDArray[np.uint8]) -> Int64s:
        """Give the numbers of texts; those of texts of another form mean nothing.

        Parameters
        ----------
        starts : ndarray of int, shape (n_rows + 1,)
            Where each text begins in *data*, and the end.
        data : ndarray of uint8, shape (n_bytes,)
        """
        texts = _Texts(starts, data)
        tails = texts.last_words()
        tails &= _MASKS.take(texts.lengths - len(self.head), mode="clip")
        return _to_numbers(tails)

    def describe(self, starts: Int64s, data: npt.NDArray[np.uint8]) -> DigitBlock | None:
        """Look at texts, of which there are some; None if one is of another form."""
        texts = _Texts(starts, data)
        n_head = len(self.head)
        if texts.shortest <= n_head or texts.longest > n_head + _MOST_DIGITS:
            return None
        words = texts.last_words()
        is_whole = texts.longest <= _WORD
        if not is_whole and not self._begins(texts):
            return None
        words &= _MASKS.take(texts.lengths if is_whole else texts.lengths - n_head)
        changes = np.ones(len(words), dtype=bool)
        np.not_equal(words[1:], words[:-1], out=changes[1:])
        words, lengths = words.compress(changes), texts.lengths.compress(changes)
        if is_whole:
            heads = words >> (8 * (_WORD - lengths)).view(np.uint64)
            if not _equal(heads, self.head):
                return None
        tails = words & _MASKS.take(lengths - n_head)
        filled = tails | (_ZEROS & ~_MASKS.take(lengths - n_head))
        if (((filled | (filled + _SIX)) & _HIGH) != _ZEROS).any():  # above 9 comes a sixteen
            return None
        numbers = _to_numbers(tails)
        return DigitBlock(
            shortest=texts.shortest,
            longest=texts.longest,
            has_zeros=bool((numbers < _FIRST.take(lengths - n_head)).any()),
            low=int(numbers.min()),
            high=int(numbers.max()),
        )

    def _begins(self, texts: _Texts) -> bool:
        """Tell whether all texts begin with the head."""
        return all(
            _equal(texts.words_from(place), self.head[place : place + _WORD])
            for place in range(0, len(self.head), _WORD)
        )


class _Texts:
    """Texts, and the words of eight bytes in them, the first byte in the lowest."""

    def __init__(self, starts: Int64s, data: npt.NDArray[np.uint8]) -> None:
        self.lengths = np.diff(starts)
        self.shortest, self.longest = int(self.lengths.min()), int(self.lengths.max())
        self._starts = starts
        self._padded = np.zeros(len(data) + 2 * _WORD, dtype=np.uint8)
        self._padded[_WORD:-_WORD] = data

    def last_words(self) -> _Words:
        """Give the word with which each text ends; before short texts stands something else."""
        return self._pick(self._starts[1:], self.longest)

    def words_from(self, place: int) -> _Words:
        """Give the word that begins at a *place* in each text."""
        return self._pick(self._starts[:-1], place + _WORD, place + _WORD)

    def _pick(self, places: Int64s, first: int, further: int = 0) -> _Words:
        """Give the words *further* than *places*, the first of which is at *first*."""
        if self.shortest == self.longest:  # then nothing need be looked up
            shape, step = (len(places),), (self.longest,)
            return np.ndarray(shape, "<u8", self._padded, first, step).astype(np.uint64)
        every = np.ndarray((len(self._padded) - _WORD + 1,), "<u8", self._padded, 0, (1,))
        return every[places + further if further else places]


@attrs.frozen(kw_only=True)
class DigitBlock:
    """What some texts of one form look like.

    Parameters
    ----------
    shortest, longest : int
        Bytes of a text.
    has_zeros : bool
        Whether zeros stand before a number.
    low, high : int
        Lowest and highest number.
    """

    shortest: int
    longest: int
    has_zeros: bool
    low: int
    high: int


def find_number_span(blocks: Iterable[DigitBlock]) -> tuple[tuple[int, int], bool] | None:
    """Give the span of the numbers, and whether all texts have one length.

    None if texts differ whose numbers do not.
    """
    some = [*blocks]
    is_even = min(block.shortest for block in some) == max(block.longest for block in some)
    if not is_even and any(block.has_zeros for block in some):
        return None
    return (min(block.low for block in some), max(block.high for block in some)), is_even


def sort_as_texts(numbers: Int64s) -> Int64s:
    """Give integers that sort as the digits of *numbers* do as texts, below 10**10.

    Examples
    --------
    >>> numbers = np.array([1, 9, 10, 100, 99])
    >>> numbers[np.argsort(sort_as_texts(numbers))].tolist()
    [1, 10, 100, 9, 99]
    """
    n_digits = 1 + np.searchsorted(10 ** np.arange(1, _MOST_DIGITS), numbers, side="right")
    return numbers * (10 ** np.arange(_MOST_DIGITS, -1, -1)).take(n_digits) * 10 + n_digits


def _equal(words: _Words, head: bytes) -> bool:
    """Tell whether all *words* begin with *head*."""
    kept = np.uint64(2 ** (8 * len(head)) - 1)
    return bool(((words & kept) == int.from_bytes(head, "little")).all())


def _to_numbers(tails: _Words) -> Int64s:
    """Read digits, one in each byte, the first in the lowest."""
    numbers = tails.copy()
    for mask, factor, shift in _STEPS:
        numbers &= mask
        numbers *= factor
        numbers >>= shift
    return numbers.view(np.int64)
