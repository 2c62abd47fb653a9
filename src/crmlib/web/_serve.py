"""Serving the pages by uvicorn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn

from crmlib.web._app import create_app

if TYPE_CHECKING:
    from crmlib.delivery import Ledger
    from crmlib.web._settings import WebSettings
    from crmlib.web._warranty_desk import WarrantyDesk


def make_server(
    settings: WebSettings, ledger: Ledger, warranty: WarrantyDesk | None = None
) -> uvicorn.Server:
    """Give the server of the pages, not started.

    It writes no log of addresses, since tokens stand in them; the app notes
    the name of each page instead.  What ``X-Forwarded-For`` says counts only
    if a proxy says it that is trusted.

    Parameters
    ----------
    settings : WebSettings
    ledger : Ledger
        Open.
    warranty : WarrantyDesk, optional
        Likewise, for the pages of warranties.
    """
    app = create_app(
        ledger,
        brand=settings.brand,
        opt_out_keys=settings.opt_out_keys,
        media=settings.media,
        topics=settings.topics,
        rates=settings.rates,
        warranty=warranty,
        reports=settings.reports,
    )
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            root_path=settings.prefix,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies),
            access_log=False,
            server_header=False,
            log_config=None,
        )
    )
