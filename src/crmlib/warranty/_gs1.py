"""GTINs, serial numbers and links, as GS1 writes them."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qs, quote, unquote, urlsplit

import attrs

from crmlib.exceptions import InvalidParameterError

_LENGTHS: Final = (8, 12, 13, 14)
# the 82 characters of the GS1 General Specifications, figure 7.11-1
_SET_82: Final = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}")
_PATH: Final = re.compile(
    r"(?P<stem>.*)/01/(?P<gtin>[^/]+)(?:/10/(?P<lot>[^/]+))?/21/(?P<sn>[^/]+)"
)


def check_digit(digits: str) -> str:
    """Give the check digit that belongs behind *digits*.

    From the right, digits count three times and once by turns; the check
    digit fills the sum up to a multiple of ten [1]_.

    References
    ----------
    .. [1] GS1 General Specifications, section 7.9.1.

    Examples
    --------
    >>> check_digit("629104150021")
    '3'
    """
    if not (digits.isascii() and digits.isdigit()):
        raise InvalidParameterError("digits", digits, "digits")
    total = sum(int(digit) * (1 if n % 2 else 3) for n, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def normalize_gtin(gtin: str) -> str:
    """Give *gtin* with its 14 digits, zeros in front.

    Raises
    ------
    InvalidParameterError
        If it has not 8, 12, 13 or 14 digits, or its check digit is wrong.

    Examples
    --------
    >>> normalize_gtin("9506000134352")
    '09506000134352'
    """
    is_number = isinstance(gtin, str) and gtin.isascii() and gtin.isdigit()
    if not is_number or len(gtin) not in _LENGTHS:
        raise InvalidParameterError("gtin", gtin, "a text of 8, 12, 13 or 14 digits")
    right = check_digit(gtin[:-1])
    if gtin[-1] != right:
        raise InvalidParameterError(
            "gtin", gtin, f"one whose last digit, the check digit, is {right}"
        )
    return gtin.zfill(14)


def check_serial(serial: str) -> str:
    """Give *serial* back if GS1 allows it.

    Raises
    ------
    InvalidParameterError
        If it has not 1 to 20 characters of the GS1 set of 82.

    Examples
    --------
    >>> check_serial("A-1/7")
    'A-1/7'
    """
    return _check_text("serial", serial)


def _check_text(name: str, text: str) -> str:
    # a dot or two alone would be a step in the path: browsers take them away
    if not isinstance(text, str) or not _SET_82.fullmatch(text) or text in {".", ".."}:
        raise InvalidParameterError(name, text, "1 to 20 characters of the GS1 set of 82")
    return text


def _check_domain(domain: str) -> str:
    parts = urlsplit(domain)
    is_plain = parts.netloc and not (parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in {"https", "http"} or not is_plain:
        raise InvalidParameterError("domain", domain, 'like "https://id.example.com"')
    return domain.rstrip("/")


def _check_lot(lot: str) -> str:
    return _check_text("lot", lot)


@attrs.frozen(kw_only=True)
class DigitalLink:
    """A GS1 Digital Link to one product of one serial number [1]_.

    Parameters
    ----------
    domain : str
        Where it leads, ``https://`` and, if need be, a path in front:
        ``"https://id.example.com"``.
    gtin : str
        Of the product; padded to 14 digits.
    serial : str
        Of the piece, 1 to 20 characters of the GS1 set.
    lot : str, optional
        Of its batch, likewise.
    token : str, optional
        What ``w=`` carries.

    Raises
    ------
    InvalidParameterError
        If a part cannot be one.

    References
    ----------
    .. [1] GS1 Digital Link Standard: URI Syntax, release 1.6.

    Examples
    --------
    >>> link = DigitalLink(
    ...     domain="https://id.gs1.org", gtin="9520123456788", serial="12345", lot="ABC1"
    ... )
    >>> str(link)
    'https://id.gs1.org/01/09520123456788/10/ABC1/21/12345'
    >>> DigitalLink.parse(str(link)) == link
    True
    """

    domain: str = attrs.field(converter=_check_domain)
    gtin: str = attrs.field(converter=normalize_gtin)
    serial: str = attrs.field(converter=check_serial)
    lot: str | None = attrs.field(default=None, converter=attrs.converters.optional(_check_lot))
    token: str | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(attrs.validators.matches_re(r"[A-Za-z0-9._-]+")),
    )

    def __str__(self) -> str:
        lot = "" if self.lot is None else f"/10/{quote(self.lot, safe='')}"
        query = "" if self.token is None else f"?w={self.token}"
        return f"{self.domain}/01/{self.gtin}{lot}/21/{quote(self.serial, safe='')}{query}"

    @classmethod
    def parse(cls, url: str) -> DigitalLink:
        """Take *url* apart.

        Raises
        ------
        InvalidParameterError
            If it is no such link.
        """
        parts = urlsplit(url)
        found = _PATH.fullmatch(parts.path)
        if found is None:
            raise InvalidParameterError("url", url, "like https://…/01/GTIN/21/SERIAL")
        return cls(
            domain=f"{parts.scheme}://{parts.netloc}{found['stem']}",
            gtin=unquote(found["gtin"]),
            serial=unquote(found["sn"]),
            lot=None if found["lot"] is None else unquote(found["lot"]),
            token=parse_qs(parts.query).get("w", [None])[0],
        )
