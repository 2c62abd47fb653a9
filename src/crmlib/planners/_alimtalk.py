"""Alimtalk: texts that the provider knows already, with variables ``#{…}`` in them.

Kakao approves each text before it may be sent, and refuses a message that
differs from it by a character.  So the approved text is written down as it is,
and beside it what stands for each variable.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from crmlib.exceptions import TemplateError
from crmlib.planners._registration import Registration
from crmlib.planners._template import Template
from crmlib.text_limits import (
    ALIMTALK_BUTTON_CHARACTERS,
    ALIMTALK_CHARACTERS,
    ALIMTALK_VARIABLES,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLE: Final = re.compile(r"#\{([^{}]*)\}")
_TEXTS: Final = ("subject", "button_label", "button_url")


def from_registered(
    registered: str, variables: Mapping[str, str], **besides: str | None
) -> Template:
    """Make a template of an alimtalk text as it is registered with the provider.

    Parameters
    ----------
    registered : str
        The approved text, with its variables: ``#{이름}님, …``.
    variables : mapping of str to str
        What stands for each of them, as between the braces of a merge field:
        ``{"이름": "name|고객", "금액": "monetary_value:money KRW"}``.
    **besides : str
        ``code`` (what the provider calls the text; without it the message is
        sent as any other text), ``subject``, ``button_label``, ``button_url``
        (with variables too), ``name`` and ``locale`` of the :class:`Template`.

    Raises
    ------
    TemplateError
        If a variable is not explained or one that is explained is not there,
        there are more than 40, one stands both in a text and in the address
        of the button, the text has no words of its own, or text or
        button are too long before anything stands for the variables.

    Examples
    --------
    >>> template = from_registered(
    ...     "#{이름}님, #{금액} 결제가 완료되었습니다.",
    ...     {"이름": "name", "금액": "amount:money KRW"}, name="paid", code="PAID01",
    ... )
    >>> template.body
    '{name}님, {amount:money KRW} 결제가 완료되었습니다.'
    """
    name = besides.get("name") or "(unnamed)"
    texts: dict[str, Any] = {"body": registered, **besides}
    given = [text for part, text in texts.items() if part in {"body", *_TEXTS} and text]
    used = list(dict.fromkeys(each for text in given for each in _VARIABLE.findall(text)))
    _check_variables(name, used, variables)
    _check_text(name, registered, texts.get("button_label") or "")
    registration = None
    if (code := texts.pop("code", None)) is not None:
        registration = Registration(
            code=code,
            variables=tuple((each, variables[each]) for each in used),
            in_address=_find_in_address(name, texts),
        )
    for part in ("body", *_TEXTS):
        if texts.get(part):
            texts[part] = _fill_in(texts[part], variables)
    return Template(**texts, registration=registration)


def _check_variables(name: str, used: list[str], variables: Mapping[str, str]) -> None:
    if missing := [f"#{{{each}}}" for each in used if each not in variables]:
        raise TemplateError(
            name,
            f"does not say what stands for {', '.join(missing)}",
            'give each a column, such as 이름 = "name|고객"',
        )
    if unused := sorted(set(variables) - set(used)):
        raise TemplateError(
            name,
            f"says what stands for {unused}, which the registered text does not have",
            "copy the text as it was approved",
        )
    if len(used) > ALIMTALK_VARIABLES:
        raise TemplateError(
            name,
            f"has {len(used)} variables",
            f"an alimtalk has at most {ALIMTALK_VARIABLES}",
        )


def _find_in_address(name: str, texts: Mapping[str, str | None]) -> tuple[str, ...]:
    """Give the variables of the button's address; a value there is spelled in its own way."""
    in_address = _VARIABLE.findall(texts.get("button_url") or "")
    besides = " ".join(texts.get(part) or "" for part in ("body", "subject", "button_label"))
    if both := set(in_address) & set(_VARIABLE.findall(besides)):
        raise TemplateError(
            name,
            f"has #{{{min(both)}}} both in a text and in the address of its button",
            "register a variable of its own for the address",
        )
    return tuple(in_address)


def _check_text(name: str, registered: str, label: str) -> None:
    bare = _VARIABLE.sub("", registered)
    if not bare.strip():
        raise TemplateError(
            name, "has no words besides its variables", "Kakao approves no such text"
        )
    for text, most, what in (
        (bare, ALIMTALK_CHARACTERS, "text"),
        (_VARIABLE.sub("", label), ALIMTALK_BUTTON_CHARACTERS, "button"),
    ):
        if len(text) > most:
            raise TemplateError(
                name,
                f"has a {what} of {len(text):,} characters besides its variables",
                f"an alimtalk has at most {most:,}",
            )


def _fill_in(text: str, variables: Mapping[str, str]) -> str:
    """Write merge fields for variables, and braces of the text doubled."""
    pieces = _VARIABLE.split(text)
    for place, piece in enumerate(pieces):
        if place % 2:
            pieces[place] = f"{{{variables[piece]}}}"
        else:
            pieces[place] = piece.replace("{", "{{").replace("}", "}}")
    return "".join(pieces)
