"""What somebody wants to get: by each medium, any advertising, at night, and on topics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from crmlib.delivery import find_answer, record_answers
from crmlib.web._forms import read_guarded_form
from crmlib.web._languages import find_language
from crmlib.web._links import token_of
from crmlib.web._questions import ask
from crmlib.web._results import describe_results

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from crmlib.delivery import LinkedRecipient
    from crmlib.web._links import Links
    from crmlib.web._questions import Question

_FORM: Final = "preferences"
_SOURCE: Final = "preference page"


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
        return await self._page(request, await self._links.find(request), None)

    async def save(self, request: Request) -> Response:
        """Keep what is new, and show what was said."""
        recipient = await self._links.find(request)
        self._site.rates.count(request, "form")
        fields = await read_guarded_form(
            request, self._site, form=_FORM, subject=token_of(request)
        )
        lang, now = find_language(request, self._site.brand.language), self._site.clock()
        read = [question.read(fields, lang) for question in self._questions(recipient)]
        answers = [answer for answer in read if answer is not None]
        await run_in_threadpool(
            record_answers,
            self._links.ledger,
            recipient,
            answers,
            at=now,
            source=_SOURCE,
            is_told=True,
        )
        result = describe_results(self._site, answers, at=now, language=lang)
        return await self._page(request, recipient, result)

    def _questions(self, recipient: LinkedRecipient) -> Iterable[Question]:
        media = dict.fromkeys([recipient.medium, *self._media])
        return ask(media, self._site.topics.values())

    async def _page(
        self, request: Request, recipient: LinkedRecipient, result: dict[str, Any] | None
    ) -> Response:
        """Show the questions, and under the heading the *result*, if something was said."""
        states = await run_in_threadpool(self._find, recipient)
        return self._site.render(
            request,
            "preferences.html",
            media=states,
            result=result,
            has_topics=bool(self._site.topics),
            token=token_of(request),
        )

    def _find(self, recipient: LinkedRecipient) -> dict[str, dict[Question, str | None]]:
        """Give yes, no or nothing for each question, by medium."""
        now = self._site.clock()
        states: dict[str, dict[Question, str | None]] = {}
        for question in self._questions(recipient):
            found = find_answer(
                self._links.ledger,
                recipient,
                question.medium,
                question.purpose,
                at=now,
                topic="" if question.topic is None else question.topic.name,
            )
            said = None if found is None else ("yes" if found else "no")
            states.setdefault(question.medium, {})[question] = said
        return states
