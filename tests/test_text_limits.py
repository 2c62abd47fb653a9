"""Texts are counted as the network that carries them counts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.messages import TextLimit
from crmlib.text_limits import (
    characters_lacking,
    korean_bytes,
    measure_text,
    rare_characters,
)

SYLLABLES = "".join(map(chr, range(0xAC00, 0xD7A4)))


def test_every_syllable_is_two_bytes() -> None:
    """All 11,172 Hangul syllables are two bytes, and none is lacking."""
    assert len(SYLLABLES) == 11_172
    assert korean_bytes(SYLLABLES) == 2 * 11_172
    assert {korean_bytes(syllable) for syllable in SYLLABLES} == {2}
    assert characters_lacking(SYLLABLES) == ""


def test_syllables_outside_ks_x_1001_are_rare() -> None:
    """KS X 1001 has 2,350 syllables; the other 8,822 are sent, and flagged."""
    assert len(rare_characters(SYLLABLES)) == 11_172 - 2_350
    assert rare_characters("똠방각하 뷁 Hello ①") == "똠뷁"


def _ks_x_1001() -> set[str]:
    """Read the table of KS X 1001 cell by cell: 94 rows of 94 cells, each two bytes of EUC-KR."""
    cells = [bytes([row, cell]) for row in range(0xA1, 0xFF) for cell in range(0xA1, 0xFF)]
    found = {cell.decode("euc_kr", "ignore") for cell in cells} - {""}
    # the filler begins a syllable spelt in eight bytes, and does not stand alone there
    return found | {"\u3164"}


def test_every_character_of_the_basic_plane() -> None:
    """ASCII is one byte, all else two: KS X 1001, 8,822 rare ones, and those that are lacking."""
    table = _ks_x_1001()
    everything = "".join(chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000)
    plain = set(map(chr, range(0x80)))
    rare, lacking = set(rare_characters(everything)), set(characters_lacking(everything))

    assert len(table) == 8_226
    assert rare == set(SYLLABLES) - table
    assert lacking == set(everything) - plain - table - rare
    assert {one: korean_bytes(one) for one in everything} == {
        one: 1 if one in plain else 2 for one in everything
    }


def test_no_character_beyond_the_basic_plane_can_be_sent() -> None:
    """All 1,048,576 of them are lacking, emoji among them, and count as two bytes."""
    beyond = "".join(map(chr, range(0x10000, 0x110000)))

    assert characters_lacking(beyond) == beyond
    assert korean_bytes(beyond[::64]) == 2 * len(beyond[::64])


@pytest.mark.parametrize(
    ("text", "size"),
    [("똠방각하", 8), ("뷁", 2), ("abc\n", 4), ("①※", 4), ("€", 2), ("韓", 2)],
    ids=str,
)
def test_bytes_of_cp949(text: str, size: int) -> None:
    """Sizes are those of cp949, not of euc_kr, which spells 똠 in eight bytes."""
    assert korean_bytes(text) == size


def test_what_cp949_lacks_cannot_be_sent() -> None:
    """Dashes and emoji are named, each once, and never sent as a question mark."""
    size = measure_text(TextLimit.KOREAN_LMS, "오늘만 — 50% 😀 —")

    assert characters_lacking("— é 😀 —") == "—é😀"
    assert size.problem == "holds '—' '😀', which no Korean text message can carry"
    assert measure_text(TextLimit.KOREAN_SMS, "éèàùûç").problem == (
        "holds 'é' 'è' 'à' 'ù' 'û' …, which no Korean text message can carry"
    )


@pytest.mark.parametrize(
    ("limit", "text", "kind", "problem"),
    [
        ("korean-sms", "가" * 45, "SMS", None),
        ("korean-sms", "가" * 45 + "a", "SMS", "is 91 bytes, 1 more than the 90 of an SMS"),
        ("korean-lms", "가" * 45, "SMS", None),
        ("korean-lms", "가" * 45 + "a", "LMS", None),
        ("korean-lms", "가" * 1000, "LMS", None),
        ("korean-lms", "가" * 1017, "LMS", "is 2,034 bytes, 34 more than the 2,000 of an LMS"),
        ("alimtalk", "가" * 1000, "alimtalk", None),
        ("alimtalk", "가" * 1001, "alimtalk", "is 1,001 characters, 1 more than the 1,000"),
        ("brand-message", "가" * 1300, "brand message", None),
        ("brand-message", "가" * 1301, "brand message", "is 1,301 characters, 1 more than"),
    ],
)
def test_limits(limit: str, text: str, kind: str, problem: str | None) -> None:
    """A text that fits has no problem; one that does not says by how much."""
    size = measure_text(TextLimit(limit), text)

    assert size.kind == kind
    assert (size.problem or "").startswith(problem or "")
    assert (size.problem is None) == (problem is None)


def test_a_subject_makes_an_lms() -> None:
    """A short text with a subject goes as LMS where it may, as channels send it."""
    assert str(measure_text(TextLimit.KOREAN_LMS, "x", subject="가")) == (
        "LMS of 1 bytes (at most 2,000)"
    )
    assert measure_text(TextLimit.KOREAN_LMS, "x", subject="").kind == "SMS"


def test_subjects_and_buttons_have_limits() -> None:
    """An LMS has a subject of 40 bytes, an alimtalk a button of 14 characters."""
    lms = measure_text(TextLimit.KOREAN_LMS, "x", subject="가" * 21)
    alimtalk = measure_text(TextLimit.ALIMTALK, "x", button_label="가" * 15)

    assert lms.problem == "has a subject of 42 bytes, 2 more than the 40"
    assert alimtalk.problem == "has a button of 15 characters, 1 more than the 14"


@pytest.mark.parametrize(
    ("text", "kind", "segments"),
    [
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 152, "GSM-7", 2),  # 76 in each: the 153rd septet would cut one in two
        ("€" * 153, "GSM-7", 3),
        ("가" * 70, "UCS-2", 1),
        ("가" * 71, "UCS-2", 2),
        ("가" * 134, "UCS-2", 2),
        ("😀" * 35, "UCS-2", 1),
        ("😀" * 66, "UCS-2", 2),  # 33 in each: the 67th unit would cut one in two
        ("😀" * 67, "UCS-2", 3),
        ("ç", "UCS-2", 1),  # the alphabet has the capital only
        ("Ç", "GSM-7", 1),
    ],
)
def test_segments(text: str, kind: str, segments: int) -> None:
    """160 or 153 septets, 70 or 67 UTF-16 units a segment; no character is cut in two."""
    size = measure_text(TextLimit.GSM, text)

    assert (size.kind, size.size, size.problem) == (kind, segments, None)


def test_too_many_segments() -> None:
    """An eleventh segment is a problem."""
    assert measure_text(TextLimit.GSM, "a" * 1531).problem == (
        "is 11 segments of GSM-7, 1 more than the 10"
    )


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=50), st.text(max_size=50))
def test_bytes_add_up(one: str, other: str) -> None:
    """The bytes of two texts are those of both together."""
    assert korean_bytes(one) + korean_bytes(other) == korean_bytes(one + other)
