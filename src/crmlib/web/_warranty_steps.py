"""What somebody does with a certificate, in two forms: an address, then its code."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from crmlib.warranty import CertificateState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from crmlib.warranty import ConsentAnswer, Registrant, WarrantyRegistry

_OWNED = frozenset({CertificateState.REGISTERED, CertificateState.TRANSFERRED})


class WarrantyStep(StrEnum):
    """What somebody does with a certificate; the word is part of the address of its pages."""

    REGISTER = "register"
    """Become the first owner."""
    OFFER = "transfer"
    """Pass it on: the owner gets a code for the next one."""
    ACCEPT = "accept"
    """Become the next owner."""

    def fits(self, state: CertificateState) -> bool:
        """Say whether it can be done with a certificate that stands so."""
        if self is WarrantyStep.REGISTER:
            return state is CertificateState.OPEN
        return state in _OWNED

    @property
    def has_new_owner(self) -> bool:
        """Whether it makes an owner, who is asked for a name and for consents."""
        return self is not WarrantyStep.OFFER

    def take(
        self,
        registry: WarrantyRegistry,
        token: str,
        who: Registrant,
        *,
        codes: Mapping[str, str],
        answers: Sequence[ConsentAnswer],
        at: datetime,
    ) -> str:
        """Do it; give the id of the new owner, or the code to pass on.

        Raises
        ------
        WarrantyRefusedError
            If a code or the certificate does not permit it.
        """
        code = codes["code"]
        if self is WarrantyStep.REGISTER:
            return registry.register(token, who, code, answers, at=at)
        if self is WarrantyStep.OFFER:
            return registry.offer_transfer(token, who, code, at=at)
        return registry.accept_transfer(token, codes["passed_on"], who, code, answers, at=at)
