"""GS1 Digital Links and their QR codes, against examples of GS1 and other libraries."""

import re
from io import BytesIO

import pytest
import zxingcpp
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from crmlib.exceptions import InvalidParameterError
from crmlib.warranty import (
    DigitalLink,
    KeyRing,
    check_digit,
    make_qr_png,
    make_qr_sheet,
    make_qr_svg,
    normalize_gtin,
)

DOMAIN = "https://id.example.com"
LINK = DigitalLink(domain=DOMAIN, gtin="9506000134352", serial="A/1%", lot="B2", token="a.b-c_d.e")
SET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("629104150021", "3"),  # GS1, "How to calculate a check digit manually"
        ("950600013435", "2"),  # GS1 Digital Link Quick Start: Dal Giardino risotto
        ("952012345678", "8"),  # GS1 Digital Link standard 1.2, examples
        ("61414112345", "2"),  # GS1 Digital Link standard 1.0, examples
        ("9638507", "4"),  # GTIN-8
    ],
)
def test_check_digits_of_gs1(digits: str, expected: str) -> None:
    """Published numbers have the check digit that we compute."""
    assert check_digit(digits) == expected
    assert normalize_gtin(digits + expected) == (digits + expected).zfill(14)


@pytest.mark.parametrize(
    ("gtin", "expected"),
    [
        ("9506000134353", "the check digit, is 2"),
        ("950600013435", "the check digit, is "),
        ("12345", "8, 12, 13 or 14 digits"),
        ("95060001343\u06652", "8, 12, 13 or 14 digits"),
        (9506000134352, "a text of"),
    ],
    ids=["wrong digit", "cut off", "length", "other digits", "number"],
)
def test_what_is_no_gtin_is_refused(gtin: object, expected: str) -> None:
    """A number of another length or check digit is refused, with the right digit."""
    with pytest.raises(InvalidParameterError, match=expected):
        normalize_gtin(gtin)
    with pytest.raises(InvalidParameterError, match="digits"):
        check_digit("12a")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            {"gtin": "614141123452", "lot": "ABC1", "serial": "12345"},
            "https://id.gs1.org/01/00614141123452/10/ABC1/21/12345",
        ),
        (
            {"gtin": "9521234543213", "lot": "ABC123", "serial": "12345"},
            "https://id.gs1.org/01/09521234543213/10/ABC123/21/12345",
        ),
        (
            {"gtin": "4012345111118", "serial": "987"},
            "https://id.gs1.org/01/04012345111118/21/987",
        ),
    ],
    ids=["standard", "wiki", "epc"],
)
def test_published_links(parts: dict[str, str], expected: str) -> None:
    """The parts of published examples give their links, and the links the parts."""
    link = DigitalLink(domain="https://id.gs1.org", **parts)

    assert str(link) == expected
    assert DigitalLink.parse(expected) == link


@given(
    serial=st.text(SET_82, min_size=1, max_size=20), lot=st.text(SET_82, min_size=1, max_size=20)
)
def test_another_library_reads_the_same_parts(serial: str, lot: str) -> None:
    """Whatever characters GS1 allows, biip and we read them back out of the link."""
    if {serial, lot} & {".", ".."}:
        return
    link = DigitalLink(domain=f"{DOMAIN}/w", gtin="9506000134352", serial=serial, lot=lot)

    read = GS1DigitalLinkURI.parse(str(link)).element_strings
    assert [(part.ai.ai, part.value) for part in read] == [
        ("01", "09506000134352"),
        ("10", lot),
        ("21", serial),
    ]
    assert DigitalLink.parse(str(link)) == link


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"serial": "é"}, "GS1 set of 82"),
        ({"serial": "1" * 21}, "1 to 20"),
        ({"serial": ".."}, "GS1 set"),
        ({"lot": ""}, "GS1 set"),
        ({"domain": "javascript:alert(1)"}, "like"),
        ({"domain": "https://me@example.com"}, "like"),
        ({"domain": "https://example.com?x"}, "like"),
    ],
    ids=["letter", "length", "step", "lot", "scheme", "user", "query"],
)
def test_what_cannot_be_a_link_is_refused(change: dict[str, str], expected: str) -> None:
    """Parts that GS1 does not allow are refused."""
    parts = {"domain": DOMAIN, "gtin": "9506000134352", "serial": "1"}

    with pytest.raises(InvalidParameterError, match=expected):
        DigitalLink(**{**parts, **change})


@pytest.mark.parametrize(
    "url", ["https://id.gs1.org/01/09506000134352", "", "https://x/21/1/01/2"]
)
def test_other_addresses_are_no_links_to_a_piece(url: str) -> None:
    """A link without a serial number, or with parts in another order, is refused."""
    with pytest.raises(InvalidParameterError, match="url must be like"):
        DigitalLink.parse(url)


def test_another_library_reads_our_qr_code() -> None:
    """zxing-cpp finds one QR code in the picture, and in it the link."""
    (code,) = zxingcpp.read_barcodes(Image.open(BytesIO(make_qr_png(LINK, scale=4))))

    assert code.text == str(LINK)
    assert code.format == zxingcpp.BarcodeFormat.QRCode
    with pytest.raises(InvalidParameterError, match="scale"):
        make_qr_png(LINK, scale=0)


def test_a_sheet_holds_all_codes_and_needs_nothing() -> None:
    """Each link has its own code and caption, and the page loads nothing."""
    other = DigitalLink(domain=DOMAIN, gtin="9506000134352", serial="<b>&")
    sheet = make_qr_sheet([LINK, other], columns=2)

    assert re.findall(r"<br>(.*?)</figcaption>", sheet) == ["A/1%", "&lt;b&gt;&amp;"]
    assert make_qr_svg(LINK) in sheet
    assert "src=" not in sheet
    assert "<b>" not in sheet
    assert "href=" not in sheet
    with pytest.raises(InvalidParameterError, match="columns"):
        make_qr_sheet([LINK], columns=6)


def test_keys_are_not_needed_for_links() -> None:
    """A link without a token is a plain GS1 Digital Link; with one, the token is its w=."""
    assert str(DigitalLink(domain=f"{DOMAIN}/", gtin="96385074", serial="1")) == (
        "https://id.example.com/01/00000096385074/21/1"
    )
    assert str(LINK).endswith("/10/B2/21/A%2F1%25?w=a.b-c_d.e")
    assert KeyRing.generate().signing.key_id not in str(LINK)
