"""Digital warranties: a reason for buyers of every sales channel to make themselves known.

A certificate belongs to one piece, told by GTIN and serial number.  Its link,
a :class:`DigitalLink`, carries a signed token without personal data; whoever
has it can verify and register the piece in the :class:`WarrantyRegistry`,
which gives profiles, consents, contacts and events as canonical tables.
"""

from crmlib.warranty._certificate import Certificate, ConsentAnswer, Piece, Registrant
from crmlib.warranty._certificate_state import CertificateState
from crmlib.warranty._code_sender import CodeSender
from crmlib.warranty._event_log import LogCheck
from crmlib.warranty._exchanging import Exchanges
from crmlib.warranty._gs1 import DigitalLink, check_digit, check_serial, normalize_gtin
from crmlib.warranty._key_ring import KeyRing, KeyState, WarrantyKey
from crmlib.warranty._qr import make_qr_png, make_qr_sheet, make_qr_svg
from crmlib.warranty._refusal import Refusal
from crmlib.warranty._registry import WarrantyRegistry
from crmlib.warranty._revoking import Revocations
from crmlib.warranty._token import TokenFacts, read_token, sign_token

__all__ = [
    "Certificate",
    "CertificateState",
    "CodeSender",
    "ConsentAnswer",
    "DigitalLink",
    "Exchanges",
    "KeyRing",
    "KeyState",
    "LogCheck",
    "Piece",
    "Refusal",
    "Registrant",
    "Revocations",
    "TokenFacts",
    "WarrantyKey",
    "WarrantyRegistry",
    "check_digit",
    "check_serial",
    "make_qr_png",
    "make_qr_sheet",
    "make_qr_svg",
    "normalize_gtin",
    "read_token",
    "sign_token",
]
