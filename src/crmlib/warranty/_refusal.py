"""Why a token, a code or a step is not accepted."""

from __future__ import annotations

from enum import StrEnum

from crmlib.exceptions import WarrantyRefusedError


class Refusal(StrEnum):
    """Why a token, a code or a step of a warranty is refused.

    Examples
    --------
    >>> str(Refusal.EXPIRED)
    'expired'
    """

    UNREADABLE = "unreadable"
    UNKNOWN_KEY = "unknown key"
    WITHDRAWN_KEY = "withdrawn key"
    BAD_SIGNATURE = "bad signature"
    NOT_YET_VALID = "not yet valid"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    REVOKED = "revoked"
    REGISTERED = "registered already"
    NOT_REGISTERED = "not registered"
    BAD_CODE = "bad code"
    TOO_MANY_CODES = "too many codes"

    def error(self, detail: str = "") -> WarrantyRefusedError:
        """Give the error that says so, with *detail* in place of its usual words."""
        problem, way_out = _WORDS[self]
        return WarrantyRefusedError(self.value, detail or problem, way_out)


_WORDS = {
    Refusal.UNREADABLE: ("this is no warranty token", "scan the code on the product again"),
    Refusal.UNKNOWN_KEY: (
        "the token names a key that is not in the key ring",
        "verify it with the key ring of its issuer",
    ),
    Refusal.WITHDRAWN_KEY: (
        "the key that signed the token was withdrawn",
        "issue the certificate's link anew",
    ),
    Refusal.BAD_SIGNATURE: (
        "the token was forged or altered: its signature does not fit",
        "scan the code on the product again; if it stays so, the product may not be genuine",
    ),
    Refusal.NOT_YET_VALID: ("the warranty has not begun yet", "come back when it has"),
    Refusal.EXPIRED: ("the warranty has ended", "ask the brand what it can still do"),
    Refusal.UNKNOWN: (
        "the token is for no certificate of this registry",
        "open the registry that issued it",
    ),
    Refusal.REVOKED: (
        "the certificate was revoked",
        "ask the seller: the order may have been cancelled or returned",
    ),
    Refusal.REGISTERED: (
        "the product is registered already",
        "its owner can transfer it",
    ),
    Refusal.NOT_REGISTERED: (
        "the product is not registered to this address",
        "register it first, or use the address it is registered to",
    ),
    Refusal.BAD_CODE: (
        "the code is wrong, used or too old",
        "ask for a new code",
    ),
    Refusal.TOO_MANY_CODES: (
        "too many codes were asked for this product, or for this address",
        "try again in an hour",
    ),
}
