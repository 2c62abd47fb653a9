"""The page behind the opt-out link of each message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from crmlib.delivery import Answer, record_answers
from crmlib.web._forms import read_form
from crmlib.web._languages import find_language
from crmlib.web._links import token_of
from crmlib.web._wordings import wording

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from crmlib.web._links import Links

_ONE_CLICK: Final = "one-click (RFC 8058)"
_BY_PAGE: Final = "opt-out page"


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
        return self._site.render(
            request, "opt_out.html", medium=recipient.medium, token=token_of(request)
        )

    async def act(self, request: Request) -> Response:
        """Record the withdrawal, from one medium or from all of them."""
        recipient = await self._links.find(request)
        fields = await read_form(request)
        lang = find_language(request, self._site.brand.language)
        everything = fields.get("scope") == "all"
        shown = "opt_out.everything" if everything else "opt_out.question"
        by_page = "scope" in fields
        answer = Answer(
            medium="*" if everything else recipient.medium,
            purpose="advertising",
            granted=False,
            wording=wording(shown, lang) if by_page else _ONE_CLICK,
        )
        await run_in_threadpool(
            record_answers,
            self._links.ledger,
            recipient,
            [answer],
            at=self._site.clock(),
            source=_BY_PAGE if by_page else _ONE_CLICK,
        )
        return self._site.render(
            request,
            "opted_out.html",
            medium=recipient.medium,
            everything=everything,
            token=token_of(request),
        )
