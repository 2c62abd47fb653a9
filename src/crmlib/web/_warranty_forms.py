"""What readers of the warranty pages fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from crmlib.addresses import normalize_phone
from crmlib.exceptions import InvalidAddressError, UnsafeTextError
from crmlib.messages import Purpose
from crmlib.warranty import ConsentAnswer, Registrant
from crmlib.web._wordings import wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crmlib.web._warranty_desk import WarrantyDesk

NIGHT: Final = "night"
_LONGEST: Final = {"name": 60, "order": 60}


@attrs.frozen(kw_only=True)
class Question:
    """One question for consent, asked by itself.

    Parameters
    ----------
    name : str
        Of the box to tick.
    medium, purpose : str
        What it is for.
    text : str
        Which text is shown.
    """

    name: str
    medium: str
    purpose: str
    text: str


class FormProblem(Exception):  # noqa: N818 -- it goes no further than the page
    """A field cannot be used; ``text`` says why, in ``warranty.problem_…``."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(field, text)
        self.field = field
        self.text = text


def ask_questions(desk: WarrantyDesk, field: str) -> Iterator[Question]:
    """Give the questions for somebody with an e-mail address or a phone."""
    for medium in desk.media.get(field, ()):
        for purpose in (Purpose.ADVERTISING.value, NIGHT):
            if purpose == NIGHT and medium not in desk.night_media:
                continue
            yield Question(
                name=f"{purpose}-{medium}",
                medium=medium,
                purpose=purpose,
                text=f"warranty.agree_{purpose}",
            )


def read_answers(
    desk: WarrantyDesk, fields: Mapping[str, str], field: str, lang: str
) -> list[ConsentAnswer]:
    """Give what was agreed to.

    A box that stays empty is no answer: who registers a product takes
    nothing back that they agreed to elsewhere.
    """
    return [
        ConsentAnswer(
            channel=question.medium,
            purpose=question.purpose,
            granted=True,
            wording=wording(question.text, lang),
        )
        for question in ask_questions(desk, field)
        if fields.get(question.name) == "yes"
    ]


def read_registrant(desk: WarrantyDesk, fields: Mapping[str, str], lang: str) -> Registrant:
    """Give who fills in the form.

    Raises
    ------
    FormProblem
        If the address cannot be one, or a text is none; of the address first.
    """
    contact = fields.get("contact", "").strip()
    field = "email" if "@" in contact else "phone"
    if not contact:
        raise FormProblem("contact", "contact_missing")
    if field not in desk.codes.fields:
        raise FormProblem("contact", f"contact_{desk.codes.fields[0]}")
    try:
        address = contact if field == "email" else normalize_phone(contact, desk.region)
        who = Registrant(field=field, address=address, locale=lang)
    except InvalidAddressError:
        raise FormProblem("contact", f"contact_{field}") from None
    said = {name: fields.get(name, "").strip() for name in _LONGEST}
    for name, longest in _LONGEST.items():
        if len(said[name]) > longest:
            raise FormProblem(name, f"{name}_long")
    try:
        return attrs.evolve(who, name=said["name"] or None, order_id=said["order"] or None)
    except UnsafeTextError as error:
        name = {"order_id": "order"}.get(error.field, error.field)
        raise FormProblem(name, f"{name}_long") from None


def read_code(fields: Mapping[str, str], name: str) -> str:
    """Give a code as it was made, however it was typed."""
    return "".join(fields.get(name, "").upper().replace("-", " ").split())[:40]
