"""Texts with merge fields, checked when they are made."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import attrs
from attrs import validators

from crmlib.exceptions import TemplateError
from crmlib.planners._filled_parts import fill_parts
from crmlib.planners._html_places import place_fields
from crmlib.planners._merge_text import MergeText, parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmlib.planners._field_values import Rows
    from crmlib.planners._registration import Registration

PARTS: Final = ("subject", "body", "html", "button_label", "button_url")
ONE_LINE: Final = ("subject", "button_label", "button_url")
_HANGUL: Final = re.compile("[\uac00-\ud7a3]")
_WEB_ADDRESS: Final = re.compile(r"https?://[^\s<>\"'\\]+")
_OWN_SITE: Final = re.compile(r"https?://[^/?#{}]+[/?#]")

_optional_text = validators.optional(validators.instance_of(str))


@attrs.frozen(kw_only=True)
class Template:
    """One message for many customers, with merge fields in place of what differs.

    ``{name}`` stands for the value of the column ``name`` of the audience,
    ``{name|there}`` for ``there`` where a customer has none.  ``{{`` and
    ``}}`` stand for braces.  There are no expressions.  In the HTML part the
    values of customers are escaped, in links percent-encoded.

    A format may follow the column, and a Korean particle the format:

    ================================ =====================================
    ``{amount:money KRW}``           12,000원, or ₩12,000 in English
    ``{amount:money}``               in the currency of the column ``currency``
    ``{points:number}``              1,234,567
    ``{last_purchase_at:date}``      2026년 11월 22일, 22 November 2026
    ``{birth_date:day}``             11월 22일, 22 November
    ``{product_name:을/를}``         셔츠를, 가방을; also 이/가, 은/는, 과/와,
                                     (으)로, 아/야, 이나/나, 이랑/랑
    ``{amount:money KRW:이/가}``     12,000원이
    ``'{product_name}'{:을/를}``     '셔츠'를
    ================================ =====================================

    Parameters
    ----------
    body : str
        Plain text.
    subject : str, optional
        One line; e-mail needs it.
    html : str, optional
        The same message in HTML.
    button_label, button_url : str, optional
        Both or neither.  The address begins with ``https://your.site/``,
        and what follows may hold fields.  A channel without buttons shows it
        as a link below the text.
    name : str, optional
        What plans and reports call it; else the segment that it is for.
    locale : str, optional
        The language that it is written in, such as ``"ko"``: dates and
        numbers are in it too.  By default Korean if it holds Hangul, else
        English.
    registration : Registration, optional
        Of a text that is registered with a provider;
        :func:`crmlib.planners.from_registered` makes such a template.

    Attributes
    ----------
    fields : tuple of str
        The columns that it uses, in the order of their first use.
    language : str
        *locale*, or what it is taken for.

    Raises
    ------
    TemplateError
        If a brace or field is malformed (with line and column), if the body
        is empty, if a subject or button has a line break, if the address of
        the button is none or a field could choose its site, or if a field
        stands in the HTML where a customer's value could become code, a tag
        or the target of a link.

    Examples
    --------
    >>> from crmlib.planners import Template
    >>> template = Template(
    ...     subject="We miss you, {name|dear customer}",
    ...     body="It has been {recency_days} days.",
    ... )
    >>> template.fields
    ('name', 'recency_days')
    >>> Template(body="Hello {name", name="hello")
    Traceback (most recent call last):
    crmlib.exceptions.TemplateError: template 'hello' has a lone '{' at line 1, column 7 of its \
body; write {column}, {column|fallback} or {column:format|fallback} with a format out of money, \
number, date, day or a particle such as 을/를, and {{ or }} for a brace
    """

    body: str = attrs.field(validator=validators.instance_of(str))
    subject: str | None = attrs.field(default=None, validator=_optional_text)
    html: str | None = attrs.field(default=None, validator=_optional_text)
    button_label: str | None = attrs.field(default=None, validator=_optional_text)
    button_url: str | None = attrs.field(default=None, validator=_optional_text)
    name: str | None = attrs.field(default=None, validator=_optional_text)
    locale: str | None = attrs.field(default=None, validator=_optional_text)
    registration: Registration | None = None
    parsed: dict[str, MergeText] = attrs.field(init=False, repr=False, eq=False)

    @parsed.default
    def _parse(self) -> dict[str, MergeText]:
        name = self.name or "(unnamed)"
        texts = given_parts(self)
        check_parts(name, texts)
        parsed = {part: parse(name, part, text) for part, text in texts.items()}
        if "html" in parsed:
            parsed["html"] = place_fields(name, parsed["html"])
        if "button_url" in parsed:
            parsed["button_url"] = _place_in_address(name, parsed["button_url"])
        return parsed if self.registration is None else parsed | self.registration.parse(name)

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns that it uses, in the order of their first use."""
        names = (field.name for text in self.parsed.values() for field in text.fields)
        return tuple(dict.fromkeys(names))

    @property
    def language(self) -> str:
        """The language that it is written in."""
        return self.locale or guess_language(given_parts(self))

    def fill(
        self, rows: Rows, known: Sequence[str]
    ) -> tuple[dict[str, list[Any]], dict[int, str]]:
        """Fill it in for *rows*, for ``write_messages``; *known* are all columns there are."""
        filled, problems = fill_parts(self.parsed, rows, known)
        return (
            filled if self.registration is None else self.registration.gather(filled)
        ), problems


def given_parts(template: object) -> dict[str, str]:
    """Give the parts that *template* has, by their names."""
    texts = {part: getattr(template, part) for part in PARTS}
    return {part: text for part, text in texts.items() if text}


def guess_language(texts: dict[str, str]) -> str:
    """Give ``ko`` if one of *texts* holds Hangul, else ``en``."""
    return "ko" if any(map(_HANGUL.search, texts.values())) else "en"


def check_parts(name: str, texts: dict[str, str]) -> None:
    """Refuse parts that make no message, whatever stands in their fields.

    Raises
    ------
    TemplateError
        As :class:`Template` says.
    """
    if not texts.get("body", "").strip():
        raise TemplateError(name, "has an empty body", "write the text of the message")
    for part in ONE_LINE:
        if len(texts.get(part, "").splitlines()) > 1:
            told = part.replace("_", " ")
            raise TemplateError(name, f"has a line break in its {told}", "write it on one line")
    if ("button_label" in texts) != ("button_url" in texts):
        lacks = "label" if "button_url" in texts else "address"
        raise TemplateError(
            name, f"has a button without {lacks}", "give button_label and button_url, or neither"
        )


def check_address(name: str, literals: tuple[str, ...]) -> None:
    """Refuse the address of a button whose site is not the author's own choice.

    Parameters
    ----------
    name : str
        Of the template.
    literals : tuple of str
        What stands between its fields.
    """
    way_out = "begin it with https://your.site/ and put fields behind that"
    if not _WEB_ADDRESS.fullmatch("0".join(literals)):
        raise TemplateError(name, "has a button whose address is no web address", way_out)
    if len(literals) > 1 and not _OWN_SITE.match(literals[0]):
        raise TemplateError(name, "has a button whose site a field could choose", way_out)


def _place_in_address(name: str, address: MergeText) -> MergeText:
    check_address(name, address.literals)
    fields = tuple(attrs.evolve(field, place="url") for field in address.fields)
    return attrs.evolve(address, fields=fields)
