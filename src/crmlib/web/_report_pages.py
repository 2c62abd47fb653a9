"""Where providers post what became of messages."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from crmlib.channels import read_nhncloud_reports, read_solapi_reports, read_twilio_report
from crmlib.delivery import record_reports
from crmlib.exceptions import UntrustedReportError
from crmlib.web._forms import read_form

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from starlette.requests import Request

    from crmlib.channels import ReportBatch
    from crmlib.delivery import Ledger
    from crmlib.web._report_secrets import ReportSecrets
    from crmlib.web._site import Site

LOGGER: Final = logging.getLogger("crmlib.web")
MOST_BYTES: Final = 4_194_304
"""A thousand reports at once, with their texts, are half of that."""
PATH: Final = "/reports/{}"
_TWIML: Final = "<Response/>"
"""Twilio takes it for an answer without words, to messages that come in as well."""


class ReportPages:
    """Take in what a provider posts, once it has proved that it is that provider.

    There is no form, so there is no proof of one; a report that comes twice,
    late or in another order changes nothing in the ledger.  What a provider
    sends that is no report is answered like one, since it would only come
    again, and is counted in the log.

    Parameters
    ----------
    site : Site
    ledger : Ledger
    secrets : ReportSecrets
    """

    def __init__(self, site: Site, ledger: Ledger, secrets: ReportSecrets) -> None:
        self._site = site
        self._ledger = ledger
        self._secrets = secrets

    def routes(self) -> list[Route]:
        """Give a route for each provider that can prove itself."""
        pages = {"solapi": self.solapi, "nhncloud": self.nhncloud, "twilio": self.twilio}
        return [
            Route(PATH.format(name), page, methods=["POST"])
            for name, page in pages.items()
            if getattr(self._secrets, name) is not None
        ]

    async def solapi(self, request: Request) -> Response:
        """Take in what Solapi posts; what is not answered with 200 comes again."""
        body, secret = await request.body(), self._secrets.solapi
        header = request.headers.get("x-solapi-secret", "")
        await self._take_in(
            request,
            lambda now: read_solapi_reports(
                body, received_at=now, secret_header=header, secret=secret
            ),
        )
        return Response()

    async def nhncloud(self, request: Request) -> Response:
        """Take in what NHN Cloud posts, opt-outs by its 080 numbers among it."""
        body, secret = await request.body(), self._secrets.nhncloud
        signature = request.headers.get("x-toast-webhook-signature", "")
        await self._take_in(
            request,
            lambda now: read_nhncloud_reports(
                body, received_at=now, signature=signature, secret=secret
            ),
        )
        return Response()

    async def twilio(self, request: Request) -> Response:
        """Take in what Twilio posts: statuses, and messages that say STOP."""
        url, token = self._secrets.twilio_url, self._secrets.twilio
        assert url is not None
        assert token is not None
        form, query = await read_form(request), request.scope["query_string"].decode("latin-1")
        called = f"{url}?{query}" if query else url
        signature = request.headers.get("x-twilio-signature", "")
        await self._take_in(
            request,
            lambda now: read_twilio_report(called, form, signature, token, received_at=now),
        )
        return Response(_TWIML, media_type="text/xml")

    async def _take_in(self, request: Request, read: Callable[[datetime], ReportBatch]) -> None:
        """Read, and write into the ledger, before the answer says so.

        Raises
        ------
        HTTPException
            403, if it is not from the provider; 429 after too many such.
        """
        now = self._site.clock()
        try:
            batch = await run_in_threadpool(read, now)
        except UntrustedReportError as error:
            LOGGER.warning("%s", error)
            self._site.rates.count(request, "refused")
            raise HTTPException(403) from error
        found = await run_in_threadpool(record_reports, self._ledger, batch.reports, at=now)
        LOGGER.info("%d reports, %d known already", sum(found.new.values()), found.repeated)
        for reason, count in sorted(Counter(each.reason for each in batch.set_aside).items()):
            LOGGER.warning("%d set aside: %s", count, reason)
