"""What all pages share: who they are of, how they look, speak, and keep others out."""

from __future__ import annotations

from collections.abc import Callable, Mapping  # noqa: TC003 -- attrs
from datetime import datetime  # noqa: TC003 -- attrs
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import attrs
import jinja2
from starlette.responses import HTMLResponse

from crmlib.web._brand import Brand  # noqa: TC001 -- attrs
from crmlib.web._form_guard import FormGuard  # noqa: TC001 -- attrs
from crmlib.web._languages import LANGUAGES, chosen_language, find_language
from crmlib.web._rates import Rates
from crmlib.web._texts import Texts
from crmlib.web._topic import Topic  # noqa: TC001 -- attrs

if TYPE_CHECKING:
    from starlette.requests import Request


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("crmlib.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@attrs.frozen(kw_only=True, eq=False)
class Site:
    """What all pages share.

    Parameters
    ----------
    brand : Brand
    guard : FormGuard
        Makes and checks what a form carries to prove that it is ours.
    clock : callable
        Gives the present instant, aware.
    rates : Rates
        How often an address may do what.
    topics : mapping of str to Topic
        What readers may choose by itself, by name.
    """

    brand: Brand
    guard: FormGuard
    clock: Callable[[], datetime]
    rates: Rates = attrs.field(factory=Rates)
    topics: Mapping[str, Topic] = attrs.field(factory=dict)
    _templates: jinja2.Environment = attrs.field(factory=_environment, init=False, repr=False)

    def render(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> HTMLResponse:
        """Give the page of *template*, in the language of the reader.

        Templates know ``t`` (texts), ``name_of`` and ``by`` (media), ``brand``,
        ``lang``, ``here`` (this page, in the language that was chosen),
        ``link`` (another page) and ``form_token`` (for
        :func:`crmlib.web._forms.read_guarded_form`).
        """
        lang = find_language(request, self.brand.language)
        # with two slashes at its beginning a link would lead to whatever host the client names
        path = "/" + quote(request.scope["path"]).lstrip("/")
        texts = Texts(lang)
        page = self._templates.get_template(template).render(
            t=texts,
            name_of=texts.of_medium,
            by=lambda medium: texts.of_medium(medium, "by_"),
            brand=self.brand,
            lang=lang,
            languages={
                tag: (name, f"{path}?lang={tag}") for tag, name in LANGUAGES.items() if tag != lang
            },
            here=path + _suffix(request),
            link=lambda name, **params: self.path(request, name, **params),
            form_token=lambda form, subject: self.guard.issue(form, subject, self.clock()),
            **values,
        )
        return HTMLResponse(page, status, {"Content-Language": lang, **(headers or {})})

    def render_error(
        self, request: Request, status: int, headers: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        """Give the page that says what went wrong, and what to do; never why."""
        known = status if status in _EXPLAINED else (500 if status >= 500 else 400)  # noqa: PLR2004
        return self.render(
            request, "error.html", status=status, headers=headers, problem=f"error.{known}"
        )

    def path(self, request: Request, name: str, **params: Any) -> str:
        """Give the path of the page called *name*, under the prefix where the app is mounted."""
        prefix: str = request.scope["root_path"]
        return f"{prefix}{request.app.router.url_path_for(name, **params)}{_suffix(request)}"


_EXPLAINED = frozenset({400, 403, 404, 405, 413, 429, 500, 503})


def _suffix(request: Request) -> str:
    chosen = chosen_language(request)
    return "" if chosen is None else f"?lang={chosen}"
