"""Where in an HTML text merge fields stand, and so how their values must be written.

Escaping makes a value harmless between tags and in quoted attributes only.
In a link it must be percent-encoded as well, and where it could become code,
a tag or the target of a link, no spelling of it is safe: refused.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

import attrs

from crmlib.exceptions import TemplateError

if TYPE_CHECKING:
    from crmlib.planners._merge_field import Place
    from crmlib.planners._merge_text import MergeText

_URL_ATTRIBUTES: Final = frozenset(
    ("href", "src", "action", "formaction", "background", "cite", "poster", "data", "srcset")
)
_CODE_ELEMENTS: Final = frozenset(("script", "style"))
_MARK: Final = re.compile("\ue000([0-9]+)\ue001")
_NAMING: Final = re.compile("<[/!?]*\ue000([0-9]+)\ue001")
_OWN_TARGET: Final = re.compile(r"\s*(?:https?://[^/?#\\\s\ue000]+[/?#]|mailto:|tel:)")
_QUOTED: Final = re.compile(r"""=\s*(?:"[^"]*"|'[^']*')""")


def place_fields(template: str, text: MergeText) -> MergeText:
    """Give *text* with the place of each field noted.

    Raises
    ------
    TemplateError
        If a field stands where its value could do harm.
    """
    marked = text.literals[0]
    for number, literal in enumerate(text.literals[1:]):
        marked += f"\ue000{number}\ue001{literal}"
    finder = _PlaceFinder(template, text)
    finder.feed(marked)
    if found := _NAMING.search(marked):
        raise finder.refusal(found, "right behind a <, as the name of a tag", "name it literally")
    if finder.rawdata.startswith("<") and (found := _MARK.search(finder.rawdata)):
        raise finder.refusal(found, "in a tag that does not end", "close the tag with >")
    finder.close()
    for found in _MARK.finditer(marked):
        if int(found[1]) not in finder.places:
            raise finder.refusal(found, "in a declaration or an end tag", "put it between tags")
    fields = [
        attrs.evolve(field, place=finder.places[number])
        for number, field in enumerate(text.fields)
    ]
    return attrs.evolve(text, fields=tuple(fields))


class _PlaceFinder(HTMLParser):
    """Read the HTML with a mark for each field, and note which mark is where."""

    def __init__(self, template: str, text: MergeText) -> None:
        super().__init__(convert_charrefs=False)
        self.places: dict[int, Place] = {}
        self._template = template
        self._text = text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        raw = self.get_starttag_text() or ""
        names = " ".join((tag, *(name for name, _ in attrs)))
        if found := _MARK.search(names):
            raise self.refusal(found, "as the name of a tag or attribute", "name it literally")
        if found := _MARK.search(_QUOTED.sub("", raw)):
            raise self.refusal(found, "in an attribute without quotes", 'write attribute="…"')
        for name, value in attrs:
            for found in _MARK.finditer(value or ""):
                self._note(name, found)

    def handle_data(self, data: str) -> None:
        for found in _MARK.finditer(data):
            if self.cdata_elem in _CODE_ELEMENTS:
                raise self.refusal(
                    found, f"inside <{self.cdata_elem}>", "put it between other tags"
                )
            self.places[int(found[1])] = "html"

    def handle_comment(self, data: str) -> None:
        for found in _MARK.finditer(data):
            self.places[int(found[1])] = "comment"

    def refusal(self, found: re.Match[str], where: str, way_out: str) -> TemplateError:
        """Give the error for the field whose mark was *found* at a place that will not do."""
        field = self._text.fields[int(found[1])]
        return TemplateError(self._template, f"has {{{field.name}}} in its html {where}", way_out)

    def _note(self, attribute: str, found: re.Match[str]) -> None:
        if attribute.startswith("on") or attribute in {"style", "srcdoc"}:
            raise self.refusal(found, f"in the attribute {attribute}", "put it between tags")
        if attribute not in _URL_ATTRIBUTES:
            self.places[int(found[1])] = "attribute"
            return
        if not _OWN_TARGET.match(found.string):
            raise self.refusal(
                found,
                f"where it could choose the target of the link in {attribute}",
                "begin the link with https://your.site/ and put the field behind that",
            )
        self.places[int(found[1])] = "url"
