"""Reading what a form sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from starlette.requests import Request

    from crmlib.web._site import Site

PROOF: Final = "form_token"
"""The field that carries the proof."""
_MOST_FIELDS: Final = 300


async def read_form(request: Request) -> dict[str, str]:
    """Give the texts of a form, the last one of each name; files are left out.

    Raises
    ------
    HTTPException
        400, if it is no form, or not written in the letters that it says.
    """
    try:
        async with request.form(max_files=0, max_fields=_MOST_FIELDS) as form:
            fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        "".join([*fields, *fields.values()]).encode()
    except ValueError:  # half a letter, or a charset that the codecs of Python choke on
        raise HTTPException(400) from None
    return fields


async def read_guarded_form(
    request: Request, site: Site, *, form: str, subject: str
) -> dict[str, str]:
    """Give the texts of a form that one of our pages showed to this reader.

    Parameters
    ----------
    request : Request
    site : Site
    form : str
        What the page called it: ``form_token("preferences", token)``.
    subject : str
        What it is about: the token of the link.

    Raises
    ------
    HTTPException
        403, if it is of another site, another page or too old.
    """
    if not _is_from_here(request):
        raise HTTPException(403)
    fields = await read_form(request)
    proof = fields.pop(PROOF, "")
    if not site.guard.accepts(proof, form, subject, site.clock()):
        raise HTTPException(403)
    return fields


def _is_from_here(request: Request) -> bool:
    """Ask the browser, if it says; our own pages send no referrer, so an origin may be null."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin", "null")
    return origin == "null" or origin.partition("://")[2] == request.headers.get("host")
