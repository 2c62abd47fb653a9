"""Where somebody asks to be forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from crmlib.delivery import Answer, record_answers, request_erasure
from crmlib.web._forms import read_guarded_form
from crmlib.web._languages import find_language
from crmlib.web._links import token_of
from crmlib.web._wordings import wording

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from crmlib.delivery import LinkedRecipient
    from crmlib.web._links import Links

_FORM: Final = "erasure"
_SOURCE: Final = "erasure request"


class ErasurePages:
    """Advertising ends at once; the rest is a task for a person, noted in the ledger."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._site = links.site

    def routes(self) -> list[Route]:
        """Give the routes."""
        path = "/o/{token}/erasure"
        return [
            Route(path, self.show, name="erasure", methods=["GET"]),
            Route(path, self.act, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Say what will be erased, and what has to stay."""
        await self._links.find(request)
        return self._site.render(request, "erasure.html", token=token_of(request))

    async def act(self, request: Request) -> Response:
        """Note the request; a second one changes nothing."""
        recipient = await self._links.find(request)
        self._site.rates.count(request, "form")
        await read_guarded_form(request, self._site, form=_FORM, subject=token_of(request))
        lang = find_language(request, self._site.brand.language)
        await run_in_threadpool(self._note, recipient, wording("erasure.question", lang))
        return self._site.render(request, "erasure_noted.html")

    def _note(self, recipient: LinkedRecipient, shown: str) -> None:
        now = self._site.clock()
        nothing = Answer(medium="*", purpose="advertising", granted=False, wording=shown)
        record_answers(self._links.ledger, recipient, [nothing], at=now, source=_SOURCE)
        request_erasure(self._links.ledger, recipient, at=now)
