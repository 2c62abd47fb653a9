"""The page behind the opt-out link of each message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Route

from crmlib.delivery import Answer, LinkedRecipient, find_recipient, record_answers
from crmlib.web._forms import read_form
from crmlib.web._languages import find_language
from crmlib.web._wordings import wording

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from crmlib.delivery import Ledger
    from crmlib.opt_out_links import OptOutKeys
    from crmlib.web._site import Site


class OptOutPages:
    """A GET shows, a POST acts: link scanners open links, and change nothing.

    Mail providers POST ``List-Unsubscribe=One-Click`` (RFC 8058), people press
    a button that sends the same.  Neither needs a log-in, a cookie or a proof
    beyond the link; doing it twice is harmless.
    """

    def __init__(self, site: Site, *, ledger: Ledger, keys: OptOutKeys) -> None:
        self._site = site
        self._ledger = ledger
        self._keys = keys

    def routes(self) -> list[Route]:
        """Give the routes."""
        return [
            Route("/o/{token}", self.show, name="opt_out", methods=["GET"]),
            Route("/o/{token}", self.act, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Say what the button does."""
        recipient = await self._find(request)
        return self._site.render(request, "opt_out.html", medium=recipient.medium)

    async def act(self, request: Request) -> Response:
        """Record the withdrawal."""
        recipient = await self._find(request)
        await read_form(request)
        lang = find_language(request, self._site.brand.language)
        answer = Answer(
            medium=recipient.medium,
            purpose="advertising",
            granted=False,
            wording=wording("opt_out.question", lang),
        )
        await run_in_threadpool(
            record_answers,
            self._ledger,
            recipient,
            [answer],
            at=self._site.clock(),
            source="opt-out link",
        )
        return self._site.render(request, "opted_out.html", medium=recipient.medium)

    async def _find(self, request: Request) -> LinkedRecipient:
        """Give whom the link is for; a wrong one is refused alike, whatever is wrong."""
        key = self._keys.read(request.path_params["token"])
        found = await run_in_threadpool(find_recipient, self._ledger, key) if key else None
        if found is None:
            self._site.rates.count(request, "refused")
            raise HTTPException(404)
        return found
