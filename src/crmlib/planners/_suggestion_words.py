"""Why a product is suggested, in English and in Korean.

The Korean sentences are built so that no particle follows a name.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from crmlib.planners._suggestion_scores import COMPLEMENT, LIKED, NEW, POPULAR, REPEAT

LANGUAGES = ("en", "ko")

_WORDS = {
    "en": {
        REPEAT: "you bought it on {days}, last on {last}{rhythm}",
        COMPLEMENT: "goes with {anchor}, which you bought on {last}{both}",
        LIKED: "for those who like {anchor}, which you bought on {last}{both}",
        NEW: "new since {since} in {category}{share}",
        POPULAR: "bought {times} in the last {window} days",
        "days": ("{n} day", "{n} days"),
        "times": ("once", "{n:,} times"),
        "rhythm": ", about every {gap} days; {ago} days ago",
        "both": ("; {n} customer bought both", "; {n:,} customers bought both"),
        "share": ", {share:.0%} of what you buy",
    },
    "ko": {
        REPEAT: "지금까지 {days} 구매, 마지막 구매일 {last}{rhythm}",
        COMPLEMENT: "{last}에 구매하신 '{anchor}' 상품에 어울려요{both}",
        LIKED: "{last}에 구매하신 '{anchor}' 상품을 좋아하는 분들이 찾는 상품{both}",
        NEW: "{since} 출시된 {category} 신상품{share}",
        POPULAR: "최근 {window}일 동안 {times} 구매된 상품",
        "days": ("{n}일", "{n}일"),
        "times": ("{n:,}회", "{n:,}회"),
        "rhythm": " (약 {gap}일마다, {ago}일 전)",
        "both": (" (함께 구매한 고객 {n:,}명)", " (함께 구매한 고객 {n:,}명)"),
        "share": " (고객님 구매의 {share:.0%})",
    },
}


def language_of(locale: object) -> str:
    """Give the language that there are words in: Korean for ``ko``, ``ko-KR``; else English."""
    return "ko" if isinstance(locale, str) and locale.lower()[:2] == "ko" else "en"


def write_evidence(
    reason: int, language: str, *, at: int, window: int, facts: dict[str, Any]
) -> str:
    """Write one sentence.

    Parameters
    ----------
    reason : int
        Place in ``REASONS``.
    language : {"en", "ko"}
    at : int
        The day of planning, since 1970.
    window : int
        Days that popularity looks back.
    facts : dict
        ``anchor`` (name or None), ``days``, ``first_day``, ``last_day``,
        ``both`` (customers), ``available_from``, ``category``, ``share``
        (None for strangers) and ``buyers``.
    """
    words: dict[Any, Any] = _WORDS[language]
    if reason == REPEAT:
        gap = (facts["last_day"] - facts["first_day"]) // max(1, facts["days"] - 1)
        told = {"gap": gap, "ago": at - facts["last_day"]}
        filled = {
            "days": _count(words["days"], facts["days"]),
            "last": write_day(facts["last_day"]),
            "rhythm": words["rhythm"].format(**told) if gap > 0 else "",
        }
    elif reason in {COMPLEMENT, LIKED}:
        filled = {
            "anchor": facts["anchor"],
            "last": write_day(facts["last_day"]),
            "both": _count(words["both"], facts["both"]) if facts["both"] else "",
        }
    elif reason == NEW:
        share = facts["share"]
        filled = {
            "since": write_day(facts["available_from"]),
            "category": facts["category"],
            "share": "" if share is None else words["share"].format(share=share),
        }
    else:
        filled = {"times": _count(words["times"], facts["buyers"]), "window": window}
    sentence: str = words[reason].format(**filled)
    return sentence


@lru_cache(maxsize=5_000)
def write_day(day: float) -> str:
    """Give a day since 1970 as 2026-06-30."""
    return str(np.datetime64(int(day), "D"))


def _count(forms: tuple[str, str], n: int) -> str:
    return forms[n != 1].format(n=n)
