"""Replies that withdraw consent, by the words of the law."""

import pytest

from crmlib import policies
from crmlib.policies import OptOutWords, is_opt_out_reply


@pytest.mark.parametrize(
    "word", ["stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe"]
)
@pytest.mark.parametrize("shape", ["{}", "{}.", " {}!! ", "Please {}", "{} now, thanks"])
def test_the_words_of_the_tcpa_revoke(word: str, shape: str) -> None:
    """47 CFR 64.1200(a)(10): each of the seven words does, however it is dressed."""
    assert is_opt_out_reply(shape.format(word.upper()), policies.load("US"))


@pytest.mark.parametrize(
    ("country", "text", "expected"),
    [
        ("US", "\uff33\uff34\uff2f\uff30", True),
        ("US", "Opt-Out", True),
        ("US", "Don't text me again", True),
        ("US", "take me off your list", True),
        ("US", "the weekend, please", False),
        ("US", "Where is the bus stop?", False),
        ("US", "I want to cancel order 17", False),
        ("US", "", False),
        ("US", "👍", False),
        ("KR", "수신거부", True),
        ("KR", "수신 거부 부탁드립니다", True),
        ("KR", "광고 수신을 거부합니다.", True),
        ("KR", "문자 그만 보내세요!", True),
        ("KR", "거 부", True),
        ("KR", "stop", True),
        ("KR", "네, 감사합니다", False),
        ("KR", "배송 언제 와요?", False),
        ("JP", "配信停止でお願いします", True),
        ("JP", "ありがとう", False),
        ("CA", "ARRÊT", True),
        ("EU", "Abmelden", True),
        ("SG", "unsub", True),
    ],
)
def test_replies_are_read_as_people_write_them(country: str, text: str, expected: bool) -> None:
    """Case, width, marks and the blanks of Hangul make no difference; longer words do."""
    assert is_opt_out_reply(text, policies.load(country)) is expected


def test_any_part_of_a_policy_knows_its_words() -> None:
    """A policy of two countries takes the words of both."""
    law = policies.load("US", "KR")

    assert is_opt_out_reply("quit", law)
    assert is_opt_out_reply("수신거부", law)
    assert not is_opt_out_reply("수신거부", policies.load("US"))


@pytest.mark.parametrize("name", policies.list_jurisdictions())
def test_every_jurisdiction_has_words_with_a_source(name: str) -> None:
    """STOP withdraws everywhere, and the words say where they come from."""
    (part,) = policies.load(name).parts

    assert part.opt_out_words.are_in("STOP")
    assert part.opt_out_words.citations


def test_no_words_are_in_nothing() -> None:
    """A policy file without words recognises none."""
    assert not OptOutWords().are_in("stop")
