"""The page behind the opt-out link of each message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from crmlib.delivery import Answer, record_answers
from crmlib.web._forms import read_form
from crmlib.web._languages import find_language
from crmlib.web._links import token_of
from crmlib.web._results import describe_results
from crmlib.web._wordings import wording

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from crmlib.web._links import Links
    from crmlib.web._topic import Topic

_ONE_CLICK: Final = "one-click (RFC 8058)"
_BY_PAGE: Final = "opt-out page"
_SHOWN: Final = {"medium": "question", "topic": "topic", "all": "everything"}
"""The text that told what the button does, by what it refuses."""


class OptOutPages:
    """A GET shows, a POST acts: link scanners open links, and change nothing.

    Mail providers POST ``List-Unsubscribe=One-Click`` (RFC 8058), people press
    a button that sends the same.  Neither needs a log-in, a cookie or a proof
    beyond the link; doing it twice is harmless.
    """

    def __init__(self, links: Links) -> None:
        self._links = links
        self._site = links.site

    def routes(self) -> list[Route]:
        """Give the routes."""
        return [
            Route("/o/{token}", self.show, name="opt_out", methods=["GET"]),
            Route("/o/{token}", self.act, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Say what the buttons do."""
        recipient = await self._links.find(request)
        lang = find_language(request, self._site.brand.language)
        topic = self._site.topics.get(recipient.topic)
        return self._site.render(
            request,
            "opt_out.html",
            medium=recipient.medium,
            topic=topic and topic.title(lang),
            token=token_of(request),
        )

    async def act(self, request: Request) -> Response:
        """Record the withdrawal: from one medium, from the topic of the message, or from all."""
        recipient = await self._links.find(request)
        fields = await read_form(request)
        lang, now = find_language(request, self._site.brand.language), self._site.clock()
        topic, by_page = self._site.topics.get(recipient.topic), "scope" in fields
        scope = _scope(fields, topic)
        named = [topic.title(lang)] if topic is not None and scope == "topic" else []
        shown = wording(f"opt_out.{_SHOWN[scope]}", lang, *named)
        answer = Answer(
            medium=recipient.medium if scope == "medium" else "*",
            purpose="advertising",
            topic=recipient.topic if scope == "topic" else "",
            granted=False,
            wording=shown if by_page else _ONE_CLICK,
        )
        await run_in_threadpool(
            record_answers,
            self._links.ledger,
            recipient,
            [answer],
            at=now,
            source=_BY_PAGE if by_page else _ONE_CLICK,
            is_told=by_page,  # a mail provider that clicks shows the page to nobody
        )
        return self._site.render(
            request,
            "opted_out.html",
            medium=recipient.medium,
            scope=scope,
            topic="".join(named),
            result=describe_results(self._site, [answer], at=now, language=lang),
            token=token_of(request),
        )


def _scope(fields: Mapping[str, str], topic: Topic | None) -> str:
    """Give what is refused: one medium, all of them, or the topic, if there is one."""
    said = fields.get("scope")
    if said == "topic" and topic is not None:
        return "topic"
    return "all" if said == "all" else "medium"
