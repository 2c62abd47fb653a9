"""Whose pages they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmlib.exceptions import InvalidParameterError
from crmlib.safe_text import is_line
from crmlib.tables import get_zone
from crmlib.web._languages import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Sequence


def _is_line(_: object, attribute: attrs.Attribute[Any], text: object) -> None:
    if not (isinstance(text, str) and is_line(text) and any(map(_is_seen, text))):
        raise InvalidParameterError(attribute.name, text, "one line of text")


def _is_seen(char: str) -> bool:
    """Say whether readers see *char*: no blank, no mark that only steers how others are shown."""
    return char.isprintable() and not char.isspace()


def _is_web_address(_: object, attribute: attrs.Attribute[Any], url: object) -> None:
    if not (isinstance(url, str) and url.startswith("https://") and is_line(url)):
        raise InvalidParameterError(attribute.name, url, "a web address: https://…")


@attrs.frozen(kw_only=True)
class Brand:
    """Whose pages they are: what stands at their head and foot.

    Parameters
    ----------
    name : str
        The business as its customers know it.
    email : str
        Whom to write to when a page cannot help.
    postal_address, phone : str, optional
        Shown where they are given.
    privacy_url : str, optional
        Where the privacy policy is.
    language : {"ko", "en"}, default="ko"
        For readers whose browser asks for neither.
    timezone : str, default="Asia/Seoul"
        IANA zone in which the pages tell dates.

    Raises
    ------
    InvalidParameterError
        If a text is no line, or the language another, or there is no such zone.

    Examples
    --------
    >>> Brand(name="달빛 상점", email="help@example.com").language
    'ko'
    """

    name: str = attrs.field(validator=_is_line)
    email: str = attrs.field(validator=_is_line)
    postal_address: str | None = attrs.field(
        default=None, validator=attrs.validators.optional(_is_line)
    )
    phone: str | None = attrs.field(default=None, validator=attrs.validators.optional(_is_line))
    privacy_url: str | None = attrs.field(
        default=None, validator=attrs.validators.optional(_is_web_address)
    )
    language: str = "ko"
    timezone: str = "Asia/Seoul"

    def __attrs_post_init__(self) -> None:
        languages: Sequence[str] = tuple(LANGUAGES)
        if self.language not in languages:
            raise InvalidParameterError("language", self.language, f"one of {list(languages)}")
        get_zone(self.timezone)
