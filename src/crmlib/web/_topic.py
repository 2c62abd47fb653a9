"""What advertising is about, where customers choose that by itself."""

from __future__ import annotations

from typing import Any

import attrs

from crmlib.exceptions import InvalidParameterError
from crmlib.safe_text import is_line
from crmlib.web._languages import LANGUAGES


def _is_line(_: object, attribute: attrs.Attribute[Any], text: object) -> None:
    if not (isinstance(text, str) and text.strip() and is_line(text)):
        raise InvalidParameterError(attribute.name, text, "one line of text")


def _to_name(text: Any) -> Any:
    return text.strip().lower() if isinstance(text, str) else text


@attrs.frozen(kw_only=True)
class Topic:
    """What some of the advertising is about, and what readers are asked whether they want it.

    Parameters
    ----------
    name : str
        As the ``topic`` of campaigns and consents, alike in upper and lower case.
    ko, en : str
        What the pages call it.

    Raises
    ------
    InvalidParameterError
        If one is no line of text.

    Examples
    --------
    >>> Topic(name="Restock", ko="재입고 소식", en="Back in stock").name
    'restock'
    """

    name: str = attrs.field(converter=_to_name, validator=_is_line)
    ko: str = attrs.field(validator=_is_line)
    en: str = attrs.field(validator=_is_line)

    def title(self, language: str) -> str:
        """Give what the pages in *language* call it."""
        titles = {"ko": self.ko, "en": self.en}
        assert titles.keys() == LANGUAGES.keys()
        return titles[language]
