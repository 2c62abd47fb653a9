"""What pages say, in each language: a file for each group of pages and language."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from crmlib.web._languages import LANGUAGES


class Texts:
    """All that pages say in one language.

    The text ``done`` of ``texts/opt_out.ko.toml`` is called ``opt_out.done``.

    Parameters
    ----------
    language : str
        One of :data:`LANGUAGES`.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = read_texts()[language]

    def __call__(self, key: str, **values: Any) -> str:
        """Give the text called *key*, with *values* in their places.

        Raises
        ------
        KeyError
            If there is no such text, or a place in it has no value.
        """
        return self._texts[key].format(**values)

    def of_medium(self, medium: str, prefix: str = "") -> str:
        """Give the name of a medium; ``prefix="by_"``: by what something comes.

        A policy of yours may have media that nobody here has a name for.
        """
        key = f"media.{prefix}{medium}"
        return self._texts.get(key) or self._texts[f"media.{prefix}other"]


@cache
def read_texts() -> dict[str, dict[str, str]]:
    """Read all texts, by language and key."""
    found: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    folder = files("crmlib.web").joinpath("texts")
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        group, language, _ = entry.name.split(".")
        for name, text in tomllib.loads(entry.read_text(encoding="utf-8")).items():
            found[language][f"{group}.{name}"] = text
    return found
