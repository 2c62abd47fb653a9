"""The pages that links in messages and QR codes lead to: an ASGI app, for ``crmlib[web]``.

:func:`create_app` makes an app of Starlette that can stand alone
(``crmlib serve``) or be mounted in your own.  It has no log-in, sets no
cookies, loads nothing from elsewhere and runs no script.
"""

from crmlib.exceptions import MissingExtraError

try:
    from crmlib.web._app import create_app
    from crmlib.web._brand import Brand
except ModuleNotFoundError as error:
    raise MissingExtraError("the web pages", "web") from error

__all__ = ["Brand", "create_app"]
