"""Characters that do harm, and where."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlib.safe_text import (
    escape_for_terminal,
    escape_in_json,
    is_line,
    is_plain_line,
    is_text,
)


@pytest.mark.parametrize(
    "char",
    [
        *("\x00", "\t", "\n", "\r", "\x1b", "\x7f", "\x85", "\x9f"),
        *("\u2028", "\u2029", "\u202a", "\u202e", "\u2066", "\u2069", "\ud800", "\udfff"),
    ],
    ids=ascii,
)
def test_what_hides_or_breaks_is_no_line(char: str) -> None:
    """Controls, line ends of any alphabet, bidi controls and half characters end a line."""
    assert not is_line(f"Mi{char}na")
    assert not is_plain_line(f"Mi{char}na")


@pytest.mark.parametrize("text", ["", "Mina 김", "שלום\u200f!", "e\u0301", "👩‍👩‍👧", "a =? b ?="])
def test_writing_of_any_alphabet_is_a_line(text: str) -> None:
    """Letters, accents, emoji and the soft marks of direction that people type do no harm."""
    assert is_line(text)
    assert is_plain_line(text)


@pytest.mark.parametrize("text", ["=?utf-8?q?=0A?=", "Hi =?utf-8*en?B?Cg=="], ids=["q", "open"])
def test_an_encoded_word_is_no_plain_line(text: str) -> None:
    """What a mail program would decode can hide anything (RFC 2047)."""
    assert is_line(text)
    assert not is_plain_line(text)


def test_a_body_may_have_lines_and_directions() -> None:
    """A text needs only to be text: NUL and half characters are none."""
    assert is_text("Hello\r\n\t\u2066Mina\u2069")
    assert not is_text("Hello\x00")
    assert not is_text("Hello\ud83d")


@given(st.text())
def test_a_terminal_gets_lines_and_tabs_and_nothing_that_steers(text: str) -> None:
    """What is printed holds no control but line feed and tab, and says what was there."""
    shown = escape_for_terminal(text)

    assert is_line(shown.replace("\n", "").replace("\t", ""))
    assert shown == text or not is_line(text)


@given(st.text(st.characters() | st.sampled_from("\x85\u2028\u2029\ud800")))
def test_escaped_json_is_one_line_of_the_same_meaning(text: str) -> None:
    """Whatever reads lines reads one, in UTF-8, and JSON gives the text back."""
    line = escape_in_json(json.dumps(text, ensure_ascii=False))

    assert len(line.encode().decode().splitlines()) == 1
    assert json.loads(line) == text
