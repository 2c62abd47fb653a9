"""The questions of the preference page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from crmlib.delivery import Answer
from crmlib.web._topic import Topic  # noqa: TC001 -- attrs
from crmlib.web._wordings import wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_MEANINGS: Final = {"yes": True, "no": False}
_AT_ANY_HOUR: Final = {"email"}
"""Media whose advertising no law keeps out of the night."""


@attrs.frozen(kw_only=True)
class Question:
    """Whether somebody wants advertising by a medium: any, at night, or about a topic."""

    medium: str
    purpose: str = "advertising"
    topic: Topic | None = None

    @property
    def field(self) -> str:
        """The name of the field that holds the answer."""
        about = "" if self.topic is None else f".{self.topic.name}"
        return f"{self.medium}.{self.purpose}{about}"

    @property
    def text(self) -> str:
        """The name of the text that asks."""
        return self.purpose if self.topic is None else "topic"

    def title(self, language: str) -> str:
        """Give what the topic is called; nothing if it is about none."""
        return "" if self.topic is None else self.topic.title(language)

    def read(self, fields: Mapping[str, str], language: str) -> Answer | None:
        """Give the answer; None if there is none.

        Who refuses advertising by a medium gets none of it at night or on a
        topic either.
        """
        said = _MEANINGS.get(fields.get(self.field, ""))
        is_narrower = self.topic is not None or self.purpose != "advertising"
        if said is None or (
            said and is_narrower and fields.get(f"{self.medium}.advertising") == "no"
        ):
            return None
        named = [] if self.topic is None else [self.title(language)]
        return Answer(
            medium=self.medium,
            purpose=self.purpose,
            topic="" if self.topic is None else self.topic.name,
            granted=said,
            wording=wording(f"preferences.{self.text}", language, *named),
        )


def ask(media: Iterable[str], topics: Iterable[Topic]) -> Iterator[Question]:
    """Give the questions of each medium: advertising, that of the night, and each topic."""
    asked = tuple(topics)
    for medium in media:
        yield Question(medium=medium)
        if medium not in _AT_ANY_HOUR:
            yield Question(medium=medium, purpose="night")
        for topic in asked:
            yield Question(medium=medium, topic=topic)
