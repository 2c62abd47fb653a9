"""Ids and instants as integers."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crmlib.features import _code_ranks
from crmlib.features._code_ranks import rank
from crmlib.features._codes import read_ids
from crmlib.features._kernel_clock import choose_clock, number_instants
from crmlib.features._threads import Threads

SECOND = 1_000_000
WORDS = st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3), max_size=40)


@given(WORDS, st.sampled_from([_code_ranks._MULTIPLIERS, (), (1,), (1, 1)]))
def test_ranks_are_those_of_a_sort(words: list[int], multipliers: tuple[int, ...]) -> None:
    """However badly the hashes meet; unsorted, equal ids still have one number each."""
    values = np.array(words, dtype=np.int64)
    distinct = sorted(set(words))
    expected = [distinct.index(word) for word in words]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_code_ranks, "_MULTIPLIERS", multipliers)
        with Threads(2) as threads:
            ranks, n_ranks = rank([values], threads, sort=True)
            numbers, n_numbers = rank([values], threads, sort=False)

    assert ranks.tolist() == expected
    assert n_ranks == n_numbers == len(distinct)
    assert len({*zip(words, numbers.tolist(), strict=True)}) == len(distinct)
    assert sorted(set(numbers.tolist())) == list(range(len(distinct)))


@given(st.lists(st.tuples(*[st.integers(-(2**63), 2**63 - 1) | st.just(5)] * 3), max_size=30))
def test_ranks_of_several_words_are_those_of_tuples(words: list[tuple[int, ...]]) -> None:
    """The first word counts most."""
    distinct = sorted(set(words))
    expected = [distinct.index(word) for word in words]
    columns = np.array(words, dtype=np.int64).reshape(-1, 3).T

    with Threads(2) as threads:
        ranks, n_ranks = rank(list(columns), threads, sort=True)

    assert ranks.tolist() == expected
    assert n_ranks == len(distinct)


NUMBERED = st.builds(
    "{}{:0{}}".format,
    st.sampled_from(["C", "고객", "order 1-", ""]),
    st.integers(0, 120),
    st.integers(1, 3),
)
ALIKE = st.builds("C{}".format, st.integers(0, 12))
TEXTS = st.one_of(
    st.lists(texts, min_size=1, max_size=12)
    for texts in (st.none() | st.text(max_size=12), NUMBERED, ALIKE, st.none() | ALIKE)
)


@given(TEXTS, st.integers(1, 12))
@example(["a\0", "a", "b"], 2)
def test_words_of_texts_sort_as_their_bytes(texts: list[str | None], n_block: int) -> None:
    """Whatever the letters, and where they are read as numbers, too."""
    column = nw.from_native(pd.Series(texts, dtype="str"), series_only=True)
    known = [place for place, text in enumerate(texts) if text is not None]

    with Threads(2) as threads:
        ids = read_ids(column, n_block, threads)

    read = ids.read(0, len(texts))
    if ids.sort_key is not None:
        read = [ids.sort_key(*read)]
    words = [tuple(word.tolist()) for word in np.array(read).T]
    assert len(words[0]) == ids.n_words
    assert sorted(known, key=lambda place: (words[place], place)) == sorted(
        known, key=lambda place: (texts[place].encode(), place)
    )
    assert len({words[place] for place in known}) == len({texts[place] for place in known})


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["C9", "C11", "C10"], [9, 11, 10]),
        (["C0", "C1", "C2"], [0, 1, 2]),
        (["C007", "C012", "C009", "C008", "C010", "C011"], [7, 12, 9, 8, 10, 11]),
        (["주문-2026-10000001", "주문-2026-10000000"], [10_000_001, 10_000_000]),
        (["123456789", "123456788"], [23_456_789, 23_456_788]),
        (["C1", "C01"], None),
        (["C1", "D2"], None),
        (["C1", "C2x"], None),
        (["C1", "C:"], None),
        (["C1", "C"], None),
        (["C1", None], None),
        (["C1", "C999999999"], None),
        (["C1", "C90"], None),
        (["x", "C1"], None),
    ],
)
def test_texts_that_end_in_dense_numbers_are_these(
    texts: list[str | None], numbers: list[int] | None
) -> None:
    """Others are words, so that no two texts are one."""
    column = nw.from_native(pd.Series(texts, dtype="str"), series_only=True)

    with Threads(2) as threads:
        ids = read_ids(column, 2, threads)

    if numbers is None:
        assert ids.span is None
    else:
        assert ids.span == (min(numbers), max(numbers))
        assert ids.read(0, len(texts))[0].tolist() == numbers


@pytest.mark.parametrize(
    ("instants", "unit"),
    [([5, 9], 1), ([10**15, 10**15 + 4_000], 1_000), ([0, 7 * SECOND], SECOND)],
)
def test_a_clock_gives_back_what_it_was_given(instants: list[int], unit: int) -> None:
    """In the finest ticks that leave room for the customers."""
    values = np.array(instants)
    n_customers = 2 ** (63 - 1 - ((instants[1] - instants[0]) // unit).bit_length())

    clock = choose_clock((instants[0], instants[1]), n_customers)

    assert clock.unit == unit
    ticks = clock.to_ticks(values)
    assert ticks is not None
    assert clock.to_instants(ticks).tolist() == instants
    assert unit == 1 or clock.to_ticks(values + 1) is None


def test_a_clock_of_numbered_instants_needs_no_even_ticks() -> None:
    """Where instants are between two."""
    instants = np.array([2**61, 3, 2**61, 7])

    with Threads(1) as threads:
        clock, ticks = number_instants(instants, threads)

    assert ticks.tolist() == [2, 0, 2, 1]
    assert clock.to_instants(ticks).tolist() == instants.tolist()
