"""What somebody wants to get: by each medium, advertising and advertising at night."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from crmlib.delivery import Answer, find_answer, record_answers
from crmlib.web._forms import read_guarded_form
from crmlib.web._languages import find_language
from crmlib.web._links import token_of
from crmlib.web._wordings import wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from crmlib.delivery import LinkedRecipient
    from crmlib.web._links import Links

_FORM: Final = "preferences"
_SOURCE: Final = "preference page"
_MEANINGS: Final = {"yes": True, "no": False}
_AT_ANY_HOUR: Final = {"email"}
"""Media whose advertising no law keeps out of the night."""


class PreferencePages:
    """Each question stands by itself, and an answer that was not given changes nothing.

    Parameters
    ----------
    links : Links
    media : sequence of str
        What is asked about, besides the medium of the message.
    """

    def __init__(self, links: Links, media: Sequence[str]) -> None:
        self._links = links
        self._site = links.site
        self._media = media

    def routes(self) -> list[Route]:
        """Give the routes."""
        path = "/o/{token}/preferences"
        return [
            Route(path, self.show, name="preferences", methods=["GET"]),
            Route(path, self.save, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show the questions, answered as far as the ledger knows."""
        return await self._page(request, await self._links.find(request), is_saved=False)

    async def save(self, request: Request) -> Response:
        """Keep what is new."""
        recipient = await self._links.find(request)
        self._site.rates.count(request, "form")
        fields = await read_guarded_form(
            request, self._site, form=_FORM, subject=token_of(request)
        )
        lang = find_language(request, self._site.brand.language)
        await run_in_threadpool(
            record_answers,
            self._links.ledger,
            recipient,
            list(self._read(fields, recipient, lang)),
            at=self._site.clock(),
            source=_SOURCE,
        )
        return await self._page(request, recipient, is_saved=True)

    def _questions(self, recipient: LinkedRecipient) -> Iterator[tuple[str, str]]:
        for medium in dict.fromkeys([recipient.medium, *self._media]):
            yield medium, "advertising"
            if medium not in _AT_ANY_HOUR:
                yield medium, "night"

    def _read(
        self, fields: Mapping[str, str], recipient: LinkedRecipient, lang: str
    ) -> Iterator[Answer]:
        for medium, purpose in self._questions(recipient):
            said = _MEANINGS.get(fields.get(f"{medium}.{purpose}", ""))
            # who refuses advertising refuses it at night as well
            refused = purpose == "night" and fields.get(f"{medium}.advertising") == "no"
            if said is not None and not (said and refused):
                yield Answer(
                    medium=medium,
                    purpose=purpose,
                    granted=said,
                    wording=wording(f"preferences.{purpose}", lang),
                )

    async def _page(
        self, request: Request, recipient: LinkedRecipient, *, is_saved: bool
    ) -> Response:
        states = await run_in_threadpool(self._find, recipient)
        return self._site.render(
            request,
            "preferences.html",
            media=states,
            is_saved=is_saved,
            token=token_of(request),
        )

    def _find(self, recipient: LinkedRecipient) -> dict[str, dict[str, Any]]:
        """Give yes, no or nothing for each question, by medium and purpose."""
        now = self._site.clock()
        states: dict[str, dict[str, Any]] = {}
        for medium, purpose in self._questions(recipient):
            found = find_answer(self._links.ledger, recipient, medium, purpose, at=now)
            said = None if found is None else ("yes" if found else "no")
            states.setdefault(medium, {})[purpose] = said
        return states
