"""Phone numbers and e-mail addresses: the short ways give what the long ones give."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmlib.addresses import normalize_email, normalize_phone
from crmlib.exceptions import InvalidAddressError, InvalidParameterError
from crmlib.identity._emails import is_nobody, read_email, to_mailbox
from crmlib.identity._phones import is_made_up, is_virtual, make_phone_reader

MARKS = st.sampled_from(["", "-", " ", ".", "--", "x"])
HEADS = st.sampled_from(
    ["010", "10", "+82 10", "+82-010", "+8210", "82 10", "0502", "+82 504", "02"]
)
DIGITS = st.text("0123456789", min_size=3, max_size=5)
LABELS = st.sampled_from(
    ["example", "EXAMPLE", "mail-1", "a--b", "xn--e1afmkfd", "-x", "x-", "", "test", "localhost"]
)
ENDS = st.sampled_from(["com", "test", "example", "local", "invalid", "c", "1", "arpa", "onion"])


@given(
    st.tuples(HEADS, MARKS, DIGITS, MARKS, DIGITS).map("".join),
    st.sampled_from([None, "KR", "US", "DE"]),
)
@example("0502-1234-5678", "DE")
@example("050212345678", "KR")
@example("+82 10-1234-5678", None)
@example("1012345678", "KR")
@settings(deadline=None)
def test_the_short_way_of_phones(text: str, region: str | None) -> None:
    """A number is read as normalize_phone reads it, whichever way it takes."""
    try:
        expected = normalize_phone(text, region)
    except InvalidAddressError:
        expected = None

    assert make_phone_reader(region)(text) == expected


@given(
    st.text("abcXYZ019._+-@ é", max_size=12) | st.sampled_from(["mina.kim", "m" * 64, "m" * 65]),
    st.lists(LABELS, max_size=3),
    ENDS,
)
@example("mina.kim", ["example"], "com")
@example("Mina+shop", ["EXAMPLE"], "test")
@example("a..b", ["example"], "com")
@settings(deadline=None)
def test_the_short_way_of_emails(local: str, labels: list[str], end: str) -> None:
    """An address is read as normalize_email reads it, whichever way it takes."""
    text = f"{local}@{'.'.join([*labels, end])}"
    try:
        expected = normalize_email(text)
    except InvalidAddressError:
        expected = None

    assert read_email(text) == expected


def test_no_such_region() -> None:
    """A region that is no country is refused before any number is read."""
    with pytest.raises(InvalidParameterError, match="region must be an ISO 3166 country"):
        make_phone_reader("Korea")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0502-1234-5678", True),
        ("+82 504 1234 5678", True),
        ("050212345678", True),
        ("0505-123-4567", True),
        ("05051234567", True),
        ("0502-1234-56", False),
        ("010-0123-4567", False),
    ],
)
def test_virtual_numbers(text: str, expected: bool) -> None:
    """Numbers of 0500 to 0509 with seven or eight digits behind are virtual."""
    assert is_virtual(text) is expected


@pytest.mark.parametrize(
    ("phone", "expected"),
    [
        ("+821000000000", True),
        ("+821011111111", True),
        ("+821012345678", True),
        ("+821001234567", False),
        ("+821000112233", False),
    ],
)
def test_numbers_that_are_made_up(phone: str, expected: bool) -> None:
    """Seven equal digits, 1234-5678 and five zeros at the end are nobody's number."""
    assert is_made_up(phone) is expected


@pytest.mark.parametrize(
    ("email", "options", "expected"),
    [
        ("m.i.n+shop@gmail.com", {}, "min@gmail.com"),  # Gmail gives no names of three letters
        ("m.i.n@googlemail.com", {}, "min@gmail.com"),
        ("m.i.n+shop@gmail.com", {"gmail_dots": False}, "m.i.n@gmail.com"),
        ("m.i.n+shop@gmail.com", {"plus_tags": False}, "min+shop@gmail.com"),
        ("mina.kim+shop@example.com", {}, "mina.kim@example.com"),
        ("+shop@example.com", {}, "+shop@example.com"),
    ],
)
def test_mailboxes(email: str, options: dict[str, bool], expected: str) -> None:
    """Dots count nowhere but outside Gmail; a tag is left out, unless it is all there is."""
    assert to_mailbox(email, **{"gmail_dots": True, "plus_tags": True} | options) == expected


def test_mailboxes_of_nobody() -> None:
    """Mailboxes called noreply and the like say nothing of who somebody is."""
    assert is_nobody("noreply@example.com")
    assert not is_nobody("noreply.kim@example.com")
