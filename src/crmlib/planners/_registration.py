"""Texts that are registered with a provider: the code, and what stands for each variable."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import attrs

from crmlib.exceptions import TemplateError
from crmlib.planners._merge_text import MergeText, parse
from crmlib.safe_text import is_plain_line

if TYPE_CHECKING:
    from collections.abc import Mapping

_MARK: Final = "#"
"""Begins the parts of a template that are variables, and no other part."""


@attrs.frozen(kw_only=True)
class Registration:
    """What the provider calls a text, and what stands for its variables.

    Parameters
    ----------
    code : str
        What the provider calls it.
    variables : tuple of (str, str)
        Each variable, and the merge field without braces that stands for it.
    in_address : tuple of str
        The variables that stand in the address of the button, where the
        provider writes values as they are: these are percent-encoded.
    """

    code: str
    variables: tuple[tuple[str, str], ...] = ()
    in_address: tuple[str, ...] = ()

    def parse(self, name: str) -> dict[str, MergeText]:
        """Take what stands for each variable apart, as parts of the template *name*.

        Raises
        ------
        TemplateError
            If the code is blank or not on one line, or a merge field is malformed.
        """
        if not self.code.strip() or not is_plain_line(self.code):
            raise TemplateError(
                name, f"has the code {self.code!r}", "copy it from the provider's list of texts"
            )
        parsed: dict[str, MergeText] = {}
        for variable, field in self.variables:
            text = parse(name, f"#{{{variable}}}", f"{{{field}}}")
            if variable in self.in_address:
                encoded = tuple(attrs.evolve(each, place="url") for each in text.fields)
                text = attrs.evolve(text, fields=encoded)
            parsed[_MARK + variable] = text
        return parsed

    def gather(self, filled: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
        """Write the variables of each message as one JSON object, beside the code."""
        parts = {part: texts for part, texts in filled.items() if not part.startswith(_MARK)}
        names = [name for name, _ in self.variables]
        values = [filled[_MARK + name] for name in names]
        told = [
            json.dumps(
                {name: texts[place] for name, texts in zip(names, values, strict=True)},
                ensure_ascii=False,
            )
            for place in range(len(parts["body"]))
        ]
        codes = [self.code] * len(told)
        return parts | {"registered_code": codes, "registered_variables": told}
