"""The app: pages, what stands around them, and what happens to errors."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Route

from crmlib.delivery import utc_now
from crmlib.web._body_limit import BodyLimit
from crmlib.web._erasure_pages import ErasurePages
from crmlib.web._form_guard import FormGuard
from crmlib.web._links import Links
from crmlib.web._opt_out_pages import OptOutPages
from crmlib.web._preference_pages import PreferencePages
from crmlib.web._rates import Rates
from crmlib.web._report_pages import MOST_BYTES, ReportPages
from crmlib.web._request_log import RequestLog
from crmlib.web._safe_headers import SafeHeaders
from crmlib.web._site import Site
from crmlib.web._warranty_pages import WarrantyPages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from starlette.requests import Request

    from crmlib.delivery import Ledger
    from crmlib.opt_out_links import OptOutKeys
    from crmlib.web._brand import Brand
    from crmlib.web._report_secrets import ReportSecrets
    from crmlib.web._topic import Topic
    from crmlib.web._warranty_desk import WarrantyDesk


def create_app(
    ledger: Ledger,
    *,
    brand: Brand,
    opt_out_keys: OptOutKeys,
    media: Sequence[str] = ("email", "sms", "kakao"),
    topics: Sequence[Topic] = (),
    rates: Mapping[str, str] | None = None,
    clock: Callable[[], datetime] = utc_now,
    warranty: WarrantyDesk | None = None,
    reports: ReportSecrets | None = None,
) -> Starlette:
    """Make the app.

    It can be mounted under a prefix of another app of Starlette or FastAPI:
    ``Mount("/crm", create_app(…))``.

    Parameters
    ----------
    ledger : Ledger
        What was sent, and where answers are kept; closed by whoever opened it.
    brand : Brand
        Whose pages they are.
    opt_out_keys : OptOutKeys
        They signed the links.
    media : sequence of str
        By what you send: the preference page asks about each, and about that
        of the message where the link is from.
    topics : sequence of Topic
        About what readers may refuse advertising and keep the rest: the
        preference page asks about each by each medium, and the opt-out page
        of a message on one of them offers to refuse that alone.
    rates : mapping of str to str, optional
        How often an address may do what, in this process, such as
        ``{"refused": "20/minute"}``; see ``crmlib.web.DEFAULT_RATES``.
    clock : callable, optional
        Gives the present instant, aware.
    warranty : WarrantyDesk, optional
        With it, there are the pages of warranties.
    reports : ReportSecrets, optional
        With it, providers can post what became of messages to
        ``/reports/solapi``, ``/reports/nhncloud`` and ``/reports/twilio``.

    Returns
    -------
    Starlette
        An ASGI app.
    """
    site = Site(
        brand=brand,
        guard=FormGuard(opt_out_keys.derive("web forms")),
        clock=clock,
        rates=Rates(rates),
        topics={topic.name: topic for topic in topics},
    )
    links = Links(site=site, ledger=ledger, keys=opt_out_keys)
    intake = [] if reports is None else ReportPages(site, ledger, reports).routes()
    routes = [
        _style(),
        *OptOutPages(links).routes(),
        *PreferencePages(links, media).routes(),
        *ErasurePages(links).routes(),
        *([] if warranty is None else WarrantyPages(site, warranty).routes()),
        *intake,
    ]

    async def explain(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return site.render_error(request, error.status_code, error.headers)

    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(SafeHeaders),
            Middleware(RequestLog, site=site),
            Middleware(BodyLimit, site=site, most={route.path: MOST_BYTES for route in intake}),
        ],
        exception_handlers={HTTPException: explain},
    )
    app.router.redirect_slashes = False  # it would lead to whatever host the client names
    return app


def _style() -> Route:
    """Give the route of the style sheet, which is read once."""
    text = files("crmlib.web").joinpath("static", "style.css").read_text(encoding="utf-8")

    async def style(_: Request) -> Response:
        headers = {"Cache-Control": "public, max-age=3600"}
        return Response(text, media_type="text/css", headers=headers)

    return Route("/style.css", style, name="style")
