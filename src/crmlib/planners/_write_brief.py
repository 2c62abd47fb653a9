"""Themes as a brief for whoever writes the message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.exceptions import UnknownNameError
from crmlib.planners._theme_traits import PRICE_LEVELS, SEASONS, WEEKDAYS
from crmlib.tables import check_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

PER_KIND = 3
"""Most themes of one kind, so that a hundred products do not hide the hour."""

LEAST_LIFT = 1.1
"""Hints below it say nothing that a writer could use."""

FEWEST = 2
"""Customers of a hint: what one buys is no trait of a segment."""

_WORDS = {
    "en": {
        "title": "What to talk about with {segment}",
        "sure": "Sure:",
        "hint": "Hints only, too few customers to be sure:",
        "none": "Nothing sets them apart for sure; what suits everybody suits them.",
        "over-buys": "{kind}: {value}, {share:.0%} of their purchases against {rest:.0%} of the "
        "rest{lift} ({customers:,} customers)",
        "newly buys": "{kind}: {value}, taken up lately: {share:.0%} of their recent purchases "
        "against {rest:.0%} of the rest{lift} ({customers:,} customers)",
        "lift": ", {lift:.1f} times as much",
    },
    "ko": {
        "title": "{segment} 메시지 소재",
        "sure": "확실한 소재:",
        "hint": "참고만 할 소재 (고객 수가 적어 확실하지 않음):",
        "none": "다른 고객과 확실히 다른 점이 없으니 모두에게 맞는 소재를 쓰세요.",
        "over-buys": "{kind}: {value}, 이 세그먼트 구매의 {share:.0%} "
        "(다른 고객 {rest:.0%}{lift}, 고객 {customers:,}명)",
        "newly buys": "{kind}: {value}, 최근 늘어남: 최근 구매의 {share:.0%} "
        "(다른 고객 {rest:.0%}{lift}, 고객 {customers:,}명)",
        "lift": ", {lift:.1f}배",
    },
}
_KINDS_KO = {
    "category": "카테고리",
    "product": "상품",
    "price level": "가격대",
    "season": "계절",
    "sales channel": "판매 채널",
    "hours": "시간대",
    "weekday": "요일",
}
_VALUES_KO = {
    "price level": dict(zip(PRICE_LEVELS, ("낮은 가격", "중간 가격", "높은 가격"), strict=True)),
    "season": dict(zip(SEASONS, ("겨울", "봄", "여름", "가을"), strict=True)),
    "weekday": {day: f"{name}요일" for day, name in zip(WEEKDAYS, "월화수목금토일", strict=True)},
}


def write_brief(themes: pd.DataFrame, *, segment: str, language: str = "en") -> str:
    """Write what a copywriter needs to know of a segment, a line per theme.

    Parameters
    ----------
    themes : DataFrame
        As :func:`suggest_themes` gives it.
    segment : str
        What to call the segment.
    language : {"en", "ko"}, default="en"
        English or Korean.

    Returns
    -------
    str
        Sure themes first, then hints of two customers or more and a lift of
        1.1 or more; at most three of each kind and sort.

    Raises
    ------
    UnknownNameError
        If there are no words in *language*.
    MissingColumnsError
        If *themes* is another table.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlib.planners import suggest_themes, write_brief
    >>> orders = pd.DataFrame({
    ...     "customer_id": range(200), "amount": 1.0, "product_id": "x",
    ...     "ordered_at": pd.Timestamp("2026-01-01 12:00", tz="UTC"),
    ...     "category": ["tops"] * 80 + ["shoes"] * 120,
    ... })
    >>> themes = suggest_themes(orders, members=range(100))
    >>> print(write_brief(themes, segment="Loyal", language="ko"))
    Loyal 메시지 소재
    <BLANKLINE>
    확실한 소재:
    - 카테고리: tops, 이 세그먼트 구매의 80% (다른 고객 0%, 고객 80명)
    """
    if language not in _WORDS:
        raise UnknownNameError("language", language, list(_WORDS))
    check_columns("themes", themes, ["finding", "kind", "value", "customers", "lift", "is_sure"])
    words = _WORDS[language]
    # Without a lift nobody of the rest has it at all.
    worth = (themes["customers"] >= FEWEST) & ~(themes["lift"] < LEAST_LIFT)
    lines = [words["title"].format(segment=segment)]
    for is_sure, title in ((True, "sure"), (False, "hint")):
        some = themes[(themes["is_sure"] == is_sure) & (is_sure | worth)]
        first = some.groupby(["finding", "kind"], sort=False).head(PER_KIND)
        told = [_line(theme, language) for theme in first.to_dict("records")]
        if is_sure and not told:
            lines += ["", words["none"]]
        elif told:
            lines += ["", words[title], *told]
    return "\n".join(lines)


def _line(theme: Mapping[Any, Any], language: str) -> str:
    words = _WORDS[language]
    kind, value, lift = str(theme["kind"]), str(theme["value"]), theme["lift"]
    if language == "ko":
        value = _VALUES_KO.get(kind, {}).get(value, value.replace(" h", "시"))
        kind = _KINDS_KO[kind]
    return "- " + words[str(theme["finding"])].format(
        kind=kind,
        value=value,
        share=theme["share"],
        rest=theme["rest_share"],
        customers=theme["customers"],
        lift=words["lift"].format(lift=lift) if lift == lift else "",  # noqa: PLR0124 -- NaN
    )
