"""Value objects of the registry."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- attrs.fields of a public class
from typing import Any

import attrs

from crmlib.addresses import normalize_address
from crmlib.exceptions import InvalidParameterError, UnsafeTextError
from crmlib.safe_text import is_line
from crmlib.tables import PURPOSES, check_aware
from crmlib.warranty._certificate_state import CertificateState
from crmlib.warranty._gs1 import check_serial, normalize_gtin

ADDRESS_FIELDS = ("email", "phone")


def _check_valid_from(moment: datetime) -> datetime:
    return check_aware("valid_from", moment)


def _check_expires_at(moment: datetime) -> datetime:
    return check_aware("expires_at", moment)


def _check_line(instance: object, attribute: attrs.Attribute[Any], text: str) -> None:  # noqa: ARG001 -- attrs passes it
    if not is_line(text):
        raise UnsafeTextError(attribute.name, "holds line breaks or control characters")


def _normalize(address: str, registrant: attrs.AttrsInstance) -> str:
    return normalize_address(registrant.field, address)  # type: ignore[attr-defined]  # a Registrant


_line = attrs.validators.optional(_check_line)


@attrs.frozen(kw_only=True)
class Piece:
    """One piece of a product, to be given a certificate.

    Parameters
    ----------
    gtin, serial : str
        They tell it from every other piece.
    valid_from, expires_at : datetime
        Aware; the certificate is pending before the first, expired from the second.
    lot, sales_channel, order_id, line_id, product_id : str, optional
        Where it comes from, and how it was sold.
    unit : int, optional
        Which of several pieces of one product in one order it is.
    """

    gtin: str = attrs.field(converter=normalize_gtin)
    serial: str = attrs.field(converter=check_serial)
    valid_from: datetime = attrs.field(converter=_check_valid_from)
    expires_at: datetime = attrs.field(converter=_check_expires_at)
    lot: str | None = attrs.field(default=None, converter=attrs.converters.optional(check_serial))
    sales_channel: str | None = None
    order_id: str | None = None
    line_id: str | None = None
    product_id: str | None = None
    unit: int | None = None

    def __attrs_post_init__(self) -> None:
        if self.expires_at <= self.valid_from:
            raise InvalidParameterError("expires_at", self.expires_at, "after valid_from")


@attrs.frozen(kw_only=True)
class Certificate:
    """A certificate as it stands: nothing about its owner but whether there is one.

    Parameters
    ----------
    warranty_id : str
        Its id.
    gtin, serial, lot : str
        Of the piece.
    valid_from, expires_at : datetime
        How long it holds.
    has_order : bool
        Whether it was issued for an order.
    is_registered : bool
        Whether somebody is its owner.
    transfers : int
        How often it went to another owner.
    is_revoked : bool
        Whether it was revoked.
    """

    warranty_id: str
    gtin: str
    serial: str
    lot: str | None
    valid_from: datetime
    expires_at: datetime
    has_order: bool
    is_registered: bool
    transfers: int
    is_revoked: bool

    def state(self, at: datetime) -> CertificateState:
        """Say how it stands at an instant.

        Raises
        ------
        InvalidParameterError
            If *at* does not say in which zone it is.
        """
        check_aware("at", at)
        if self.is_revoked:
            return CertificateState.REVOKED
        if at < self.valid_from:
            return CertificateState.PENDING
        if at >= self.expires_at:
            return CertificateState.EXPIRED
        if not self.is_registered:
            return CertificateState.OPEN
        return CertificateState.TRANSFERRED if self.transfers else CertificateState.REGISTERED


@attrs.frozen(kw_only=True)
class Registrant:
    """Who registers a product: few fields, as each costs registrations.

    Parameters
    ----------
    field : {"email", "phone"}
        The kind of address.
    address : str
        Where codes go; phones with their country code.
    name, locale : str, optional
        If they were given.
    order_id : str, optional
        The number of the order, if they know it; it counts where the
        certificate was not issued for an order.

    Raises
    ------
    InvalidAddressError
        If the address cannot be one; the text does not repeat it.
    """

    field: str = attrs.field(validator=attrs.validators.in_(ADDRESS_FIELDS))
    address: str = attrs.field(
        converter=attrs.Converter(_normalize, takes_self=True),  # type: ignore[misc]  # not known to mypy
        repr=False,
    )
    name: str | None = attrs.field(default=None, validator=_line, repr=False)
    locale: str | None = attrs.field(default=None, validator=_line)
    order_id: str | None = attrs.field(default=None, validator=_line)


@attrs.frozen(kw_only=True)
class ConsentAnswer:
    """What somebody answered to one question for consent, each asked by itself.

    Parameters
    ----------
    channel : str
        A medium, such as ``"email"``.
    purpose : {"advertising", "night"}
        What for.
    granted : bool
        Yes or no.
    wording : str
        The version of the text that was shown.
    """

    channel: str = attrs.field(validator=_check_line)
    purpose: str = attrs.field(validator=attrs.validators.in_(PURPOSES))
    granted: bool = attrs.field(validator=attrs.validators.instance_of(bool))
    wording: str = attrs.field(validator=_check_line)

    def __attrs_post_init__(self) -> None:
        if not self.wording:
            raise InvalidParameterError("wording", self.wording, "the version of the text shown")
