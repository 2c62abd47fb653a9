"""Names: one spelling, one sound, and whether two can be one person's."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.identity._name_likeness import Likeness, compare_names, is_slip
from crmlib.identity._names import Name, read_name
from crmlib.identity._romanised import (
    blur_sound,
    sound_of_hangul,
    sound_of_latin,
    sounds_fit,
    split_hangul,
)

SYLLABLES = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)


def name(text: str) -> Name:
    """Read a name that is one."""
    found = read_name(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("김민준", "김민준"),
        (" 김 민준 ", "김민준"),
        ("김민준님", "김민준"),
        ("김민준 고객님", "김민준"),
        ("김민준(회사)", "김민준"),
        ("김민준 (주", "김민준"),
        ("김민준 Minjun Kim", "김민준"),
        ("\uff2dinjun\u3000\uff2bim", "kim minjun"),
        ("KIM, Min-jun", "kim minjun"),
        ("Mr. Min Jun Kim", "kim minjun"),
        ("O\u2019Brien, Zoë", "obrien zoe"),
        ("Minjun", "minjun"),
        ("山田太郎", "山田太郎"),
    ],
)
def test_spellings(text: str, expected: str) -> None:
    """Spaces, case, marks, titles and brackets do not make another name."""
    assert name(text).text == expected


@pytest.mark.parametrize(
    "text", ["", "김", "비회원", "Guest", "J", "Mrs.", "---", "123", "**", "K*m"]
)
def test_what_is_no_name(text: str) -> None:
    """Single letters, words for nobody, and masks that show no surname are no names."""
    assert read_name(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("남궁민수", ("남궁", "민수")), ("류준열", ("유", "준열")), ("선우", ("선", "우"))],
)
def test_surnames(text: str, expected: tuple[str, str]) -> None:
    """Surnames of two syllables are known; 류 and 유 are one to who writes them in Latin."""
    assert split_hangul(text) == expected


@pytest.mark.parametrize(
    ("hangul", "spellings"),
    [
        ("민준", ["minjun", "minjoon"]),
        ("현우", ["hyunwoo", "hyeonu"]),
        ("서연", ["seoyeon", "seoyun"]),
        ("다은", ["daeun"]),
        ("지혜", ["jihye", "jeehye"]),
        ("승희", ["seunghee", "seunghui"]),
        ("영철", ["youngchul", "yeongcheol"]),
        ("의진", ["euijin", "uijin"]),
        ("보라", ["bora"]),
        ("경원", ["kyungwon", "gyeongweon"]),
        ("수아", ["sua", "sooah"]),
        ("외솔", ["oesol"]),
    ],
)
def test_sounds(hangul: str, spellings: list[str]) -> None:
    """Usual Latin spellings sound like the name in Hangul."""
    for spelling in spellings:
        assert sounds_fit(sound_of_latin(spelling), sound_of_hangul(hangul)), spelling


def test_sounds_that_differ() -> None:
    """서영 and 수영 sound different, but share the blurred code."""
    seo, su = sound_of_hangul("서영"), sound_of_hangul("수영")

    assert not sounds_fit(seo, su)
    assert not sounds_fit(seo, seo + "n")
    assert blur_sound(seo) == blur_sound(su)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("김민준", "김 민준", Likeness.EXACT),
        ("김민준", "Minjoon Kim", Likeness.SAME),
        ("Minjun Kim", "KIM MIN-JOON", Likeness.SAME),
        ("이서연", "Seoyeon Lee", Likeness.SAME),
        ("김민준", "김민쥰", Likeness.ALIKE),
        ("김민준", "민준", Likeness.ALIKE),
        ("Minjun Kim", "M Kim", Likeness.ALIKE),
        ("Minjun Kim", "Mijnun Kim", Likeness.ALIKE),
        ("Alice Baker", "Baker Alice M", Likeness.ALIKE),
        ("Alice Baker", "Alce Baker", Likeness.ALIKE),
        ("김소연", "김소은", Likeness.DIFFERENT),
        ("김민", "김준", Likeness.DIFFERENT),
        ("김민준", "김민준호", Likeness.UNKNOWN),
        ("김민준", "이민준", Likeness.DIFFERENT),
        ("김민준", "Seoyeon Kim", Likeness.DIFFERENT),
        ("김민준", "Alice Baker", Likeness.DIFFERENT),
        ("Minjun Kim", "Seoyeon Kim", Likeness.DIFFERENT),
        ("Minsu Kim", "Minju Kim", Likeness.DIFFERENT),
        ("Alice Baker", "Anna Carter", Likeness.DIFFERENT),
        ("山田太郎", "山田花子", Likeness.DIFFERENT),
        ("山田太郎", "Taro Yamada", Likeness.UNKNOWN),
        ("초코맘", "김민준", Likeness.UNKNOWN),
        ("Minjun", "김서연", Likeness.UNKNOWN),
        ("김*준", "김민준", Likeness.UNKNOWN),
        ("김*준", "김*준", Likeness.UNKNOWN),
        ("김**", "Seoyeon Kim", Likeness.UNKNOWN),
        ("김*준", "김서연", Likeness.DIFFERENT),
        ("김*준", "이**", Likeness.DIFFERENT),
        ("남*수", "남궁민수", Likeness.UNKNOWN),
        ("김*준", "Alice Baker", Likeness.UNKNOWN),
    ],
)
def test_comparing(one: str, other: str, expected: Likeness) -> None:
    """Names compare by what their spellings allow, either way round."""
    assert compare_names(name(one), name(other)) is expected
    assert compare_names(name(other), name(one)) is expected


@given(st.text(SYLLABLES, min_size=3, max_size=3))
@settings(deadline=None)
def test_a_name_is_itself(text: str) -> None:
    """What is read as a name compares as exact with itself, with or without spaces."""
    one, other = read_name(text), read_name(" ".join(text))

    assert one == other
    if one is not None:
        assert compare_names(one, one) is Likeness.EXACT


@given(st.text("abcde", max_size=6), st.text("abcde", max_size=6))
@settings(deadline=None)
def test_slips_have_no_direction(one: str, other: str) -> None:
    """Whether two texts are a slip apart does not depend on which comes first."""
    assert is_slip(one, other) == is_slip(other, one)
