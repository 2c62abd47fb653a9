"""Addresses in one spelling."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.addresses import NORMALIZERS, normalize_address, normalize_email, normalize_phone
from crmlib.exceptions import InvalidAddressError, InvalidParameterError, UnknownNameError


def _wide(text: str) -> str:
    """Write *text* in the full-width letters of East Asian keyboards."""
    return "".join(chr(ord(char) + 0xFEE0) for char in text)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Mina.Kim@Example.COM", "mina.kim@example.com"),
        (" mina@example.com\n", "mina@example.com"),
        ("mina+shop@example.com", "mina+shop@example.com"),
        ("미나@example.com", "미나@example.com"),
        ("mina@xn--3e0b707e.example", "mina@한국.example"),
        ("mina@한국.example", "mina@한국.example"),
        (f"mina@{_wide('example')}.com", "mina@example.com"),
        ("mina@shop.test", "mina@shop.test"),
        ("e\u0301@example.com", "\u00e9@example.com"),
    ],
)
def test_one_mailbox_has_one_spelling(written: str, normal: str) -> None:
    """Case, blanks around, punycode and composed letters do not make another mailbox."""
    assert normalize_email(written) == normal


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("", "must have an @-sign"),
        ("mina.kim", "must have an @-sign"),
        ("@example.com", "something before the @-sign"),
        ("mina.kim@", "something after the @-sign"),
        ("mina.kim@localhost", "not valid. It should have a period"),
        ("mina.kim@[192.0.2.1]", "bracketed IP address"),
        ("mina kim@example.com", "invalid characters before the @-sign: SPACE"),
        ("Mina <mina.kim@example.com>", "angle brackets"),
        ("mina..kim@example.com", "two periods in a row"),
        ("mina.kim@ex☃ample.com", "Codepoint U+2603 at position 3 of … not allowed"),
        ("mina.kim@example.com\nBcc: eve@example.com", "email cannot be used"),
        ("mina.kim\u200b@example.com", "unsafe characters: ZERO WIDTH SPACE"),
    ],
)
def test_what_is_no_mailbox_is_refused(written: str, problem: str) -> None:
    """The reason is given, and no part of the address."""
    with pytest.raises(InvalidAddressError) as caught:
        normalize_email(written)

    assert caught.value.field == "email"
    assert caught.value.__cause__ is None
    assert problem in str(caught.value)
    for part in ("mina", "kim", "example.com", "ample", "localhost", "192"):
        assert part not in str(caught.value)


def test_a_part_that_the_reason_repeats_is_blanked_out() -> None:
    """Should the checker quote the address, its parts are dropped."""
    with pytest.raises(InvalidAddressError) as caught:
        normalize_email("unsafe@exam ple.com")

    assert "exam ple.com" not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("+82 10 1234 5678", "+821012345678"),
        ("+82-(0)10-1234-5678", "+821012345678"),
        (_wide("+821012345678"), "+821012345678"),
        ("tel:+82-2-123-4567", "+8221234567"),
        ("+1 (212) 555-2368", "+12125552368"),
        ("+44 20 7946 0958", "+442079460958"),
    ],
)
def test_one_number_has_one_spelling(written: str, normal: str) -> None:
    """Hyphens, blanks, full-width digits and the country code do not make another number."""
    assert normalize_phone(written) == normal


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("", "it is no phone number"),
        ("no number", "it is no phone number"),
        ("+82 114", "too long or too short for its country"),
        ("+82 10-1234-56789012345", "too long or too short for its country"),
        ("+82 507-1234-5678", "a virtual number (050x), which expires"),
        ("+82 505-123-4567", "a virtual number (050x), which expires"),
        ("+82 502-9876-5432", "a virtual number (050x), which expires"),
        ("+82 502-9876-5432 / 010", "a virtual number (050x), which expires"),
    ],
)
def test_what_is_no_number_is_refused(written: str, problem: str) -> None:
    """Short, long and expiring Korean numbers are refused with the reason."""
    with pytest.raises(InvalidAddressError) as caught:
        normalize_phone(written)

    assert problem in str(caught.value)
    assert not written or written not in str(caught.value)


def test_the_region_is_for_numbers_without_a_country() -> None:
    """A national number is read in the region that is given."""
    assert normalize_phone("(212) 555-2368", region="US") == "+12125552368"
    assert normalize_phone("82-10-1234-5678", region="KR") == "+821012345678"
    assert normalize_phone("+82 10-1234-5678", region="US") == "+821012345678"


@pytest.mark.parametrize(
    "written", ["020 7946 0958", "010-1234-5678", "82-10-1234-5678", "+999 20 7946 0958", "114"]
)
def test_no_country_is_guessed(written: str) -> None:
    """A number that does not say its country is refused, and the error says what to write."""
    with pytest.raises(InvalidAddressError) as caught:
        normalize_address("phone", written)

    assert str(caught.value) == (
        "phone cannot be used: its country code is missing or unknown; "
        "write it in front, as in +82 10 …"
    )


def test_a_region_that_is_no_country_is_refused() -> None:
    """A misspelt region is an error of its own, whatever the number."""
    with pytest.raises(InvalidParameterError, match=r"region must be an ISO 3166 country .*'UK'"):
        normalize_phone("+44 20 7946 0958", region="UK")


@pytest.mark.parametrize("token", ["", "a b", "a\nb", "토큰", "x" * 4097])
def test_tokens_that_cannot_be(token: str) -> None:
    """What no service hands out as a token is refused, and not repeated."""
    with pytest.raises(InvalidAddressError, match="it is no token"):
        normalize_address("push_token", token)


def test_each_field_has_its_normalizer() -> None:
    """E-mail addresses and phones go by the name of their column; others are an error."""
    assert normalize_address("email", "A@Example.com") == "a@example.com"
    assert normalize_address("phone", "+82 10-1234-5678") == "+821012345678"
    assert normalize_address("push_token", " aB:c ") == "aB:c"
    assert sorted(NORMALIZERS) == ["chat_id", "email", "phone", "push_token", "slack_id"]
    with pytest.raises(UnknownNameError, match="there is no address field 'fax'"):
        normalize_address("fax", "1")


@given(
    local=st.text(min_size=1, max_size=12), domain=st.from_regex(r"[a-zA-Z]{2,6}", fullmatch=True)
)
@settings(max_examples=300, deadline=None)
def test_normalizing_twice_is_normalizing_once(local: str, domain: str) -> None:
    """A normal spelling stays as it is, in any alphabet."""
    try:
        once = normalize_email(f"{local}@{domain}.example")
    except InvalidAddressError:
        return

    assert normalize_email(once) == once
    assert normalize_email(f"{local}@{domain.upper()}.EXAMPLE") == once


@given(
    digits=st.from_regex(r"010[0-9]{8}", fullmatch=True), gaps=st.sampled_from(["", "-", " ", "."])
)
@settings(max_examples=100, deadline=None)
def test_a_number_in_any_dress_is_one(digits: str, gaps: str) -> None:
    """However a mobile number is broken up it comes out as one, and stays."""
    written = gaps.join((digits[:3], digits[3:7], digits[7:]))

    assert normalize_phone(written, region="KR") == f"+82{digits[1:]}"
    assert normalize_phone(normalize_phone(written, region="KR")) == f"+82{digits[1:]}"
