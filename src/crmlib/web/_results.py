"""What a page shows of what was recorded: sender, fact, date and result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.tables import get_zone
from crmlib.web._texts import Texts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crmlib.delivery import Answer
    from crmlib.web._site import Site


def describe_results(
    site: Site, answers: Iterable[Answer], *, at: datetime, language: str
) -> dict[str, Any]:
    """Give what ``result.html`` says: the ``date``, and the ``facts``, one for each answer.

    Korea's Network Act, article 50(7), wants customers to be told of each
    consent, refusal and withdrawal: who sends, the fact, the date, the result.
    """
    texts = Texts(language)
    day = at.astimezone(get_zone(site.brand.timezone))
    return {
        "date": texts("result.day", year=day.year, month=day.month, day=day.day),
        "facts": [_describe(site, answer, texts) for answer in answers],
    }


def _describe(site: Site, answer: Answer, texts: Texts) -> str:
    everywhere = answer.medium == "*"
    by = texts("result.anyhow") if everywhere else texts.of_medium(answer.medium, "by_")
    said = texts("result.yes" if answer.granted else "result.no")
    if answer.topic:
        title = site.topics[answer.topic].title(texts.language)
        return texts("result.topic", by=by, said=said, topic=title)
    return texts(f"result.{answer.purpose}", by=by, said=said)
