"""Whom an opt-out link is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from crmlib.delivery import Ledger, LinkedRecipient, find_recipient
from crmlib.opt_out_links import OptOutKeys  # noqa: TC001 -- attrs
from crmlib.web._site import Site  # noqa: TC001 -- attrs

if TYPE_CHECKING:
    from starlette.requests import Request


@attrs.frozen(kw_only=True, eq=False)
class Links:
    """Read the links of messages.

    Parameters
    ----------
    site : Site
    ledger : Ledger
        What was sent.
    keys : OptOutKeys
        They signed the links.
    """

    site: Site
    ledger: Ledger
    keys: OptOutKeys

    async def find(self, request: Request) -> LinkedRecipient:
        """Give whom the link of this page is for.

        Raises
        ------
        HTTPException
            404, whatever is wrong with it; 429 after too many such.
        """
        key = self.keys.read(token_of(request))
        found = await run_in_threadpool(find_recipient, self.ledger, key) if key else None
        if found is None:
            self.site.rates.count(request, "refused")
            raise HTTPException(404)
        return found


def token_of(request: Request) -> str:
    """Give the token in the path of this page."""
    return str(request.path_params["token"])
