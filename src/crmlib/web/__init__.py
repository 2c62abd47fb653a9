"""The pages that links in messages and QR codes lead to: an ASGI app, for ``crmlib[web]``.

:func:`create_app` makes an app of Starlette that can stand alone
(``crmlib serve``) or be mounted in your own.  It has no log-in, sets no
cookies, loads nothing from elsewhere and runs no script.
"""

from crmlib.exceptions import MissingExtraError as _MissingExtraError

try:
    from crmlib.web._app import create_app
    from crmlib.web._brand import Brand
    from crmlib.web._rates import DEFAULT_RATES
    from crmlib.web._report_secrets import ReportSecrets
    from crmlib.web._serve import make_server
    from crmlib.web._settings import WebSettings, load_settings
    from crmlib.web._topic import Topic
    from crmlib.web._warranty_desk import WarrantyDesk
    from crmlib.web._warranty_settings import WarrantySettings
except ModuleNotFoundError as error:
    raise _MissingExtraError("the web pages", "web") from error

__all__ = [
    "DEFAULT_RATES",
    "Brand",
    "ReportSecrets",
    "Topic",
    "WarrantyDesk",
    "WarrantySettings",
    "WebSettings",
    "create_app",
    "load_settings",
    "make_server",
]
