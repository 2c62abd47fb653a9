"""What the warranty pages stand on."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import attrs

from crmlib.exceptions import InvalidParameterError
from crmlib.messages import MEDIA
from crmlib.tables import is_zone
from crmlib.warranty import normalize_gtin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmlib.warranty import CodeSender, WarrantyRegistry

_MEDIA: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {"email": ("email",), "phone": ("sms", "kakao")}
)


def _by_gtin(products: Mapping[str, str]) -> Mapping[str, str]:
    return {normalize_gtin(gtin): name for gtin, name in products.items()}


@attrs.frozen(kw_only=True, eq=False)
class WarrantyDesk:
    """What the warranty pages stand on.

    Parameters
    ----------
    registry : WarrantyRegistry
        Closed by whoever opened it.
    codes : CodeSender
        Sends the codes that prove an address.
    products : mapping of str to str, optional
        What products are called, by GTIN.
    media : mapping of str to sequence of str, optional
        By which media whoever registers is asked to agree to advertising, for
        an ``"email"`` and for a ``"phone"``: each by itself.
    night_media : sequence of str, default=("sms", "kakao")
        For which of them the night is asked for, too; in Korea, e-mail needs
        no consent for the night.
    region : str, default="KR"
        ISO 3166 country of phone numbers without a country code.
    timezone : str, default="Asia/Seoul"
        IANA zone of the dates on the pages.

    Raises
    ------
    InvalidParameterError
        If a GTIN or the zone cannot be one, or a medium is not known.
    """

    registry: WarrantyRegistry
    codes: CodeSender
    products: Mapping[str, str] = attrs.field(factory=dict, converter=_by_gtin)
    media: Mapping[str, Sequence[str]] = _MEDIA
    night_media: Sequence[str] = ("sms", "kakao")
    region: str = "KR"
    timezone: str = attrs.field(default="Asia/Seoul")

    @timezone.validator
    def _check_timezone(self, _: attrs.Attribute[Any], zone: str) -> None:
        if not is_zone(zone):
            raise InvalidParameterError("timezone", zone, 'an IANA zone, like "Asia/Seoul"')

    def __attrs_post_init__(self) -> None:
        named = {medium for media in self.media.values() for medium in media}
        unknown = sorted((named | set(self.night_media)) - set(MEDIA))
        if unknown:
            raise InvalidParameterError("media", unknown, f"out of {list(MEDIA)}")
