"""The languages of the pages, and which of them a reader gets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.requests import Request

LANGUAGES: Final = {"ko": "한국어", "en": "English"}
"""Each language by its tag, as its speakers call it."""

_WISH: Final = re.compile(
    r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?"
)
_LONGEST: Final = 1_000


def chosen_language(request: Request) -> str | None:
    """Give the language that the reader chose on a page, if they did."""
    found = request.query_params.get("lang")
    return found if found in LANGUAGES else None


def find_language(request: Request, default: str) -> str:
    """Give the language that was chosen, or that the browser asks for, or the *default*."""
    chosen = chosen_language(request)
    if chosen is not None:
        return chosen
    wished: dict[str, float] = {}
    for wish in request.headers.get("accept-language", "")[:_LONGEST].split(","):
        found = _WISH.fullmatch(wish)
        if found and found[1].lower() in LANGUAGES:
            weight = float(found[2] or 1)
            wished[found[1].lower()] = max(weight, wished.get(found[1].lower(), 0.0))
    best = max(wished, key=wished.__getitem__, default=default)
    return best if wished.get(best, 0.0) > 0 else default
