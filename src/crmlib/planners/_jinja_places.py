"""Where in a Jinja template values stand, and so how they must be written.

Jinja escapes for the space between tags alone.  In links values must be
percent-encoded too, and at other places no value is safe.  So the HTML is
read as :mod:`crmlib.planners._html_places` reads ours: with a mark for each
value.  A branch of an ``if`` is read by itself, and must be whole: it opens no
tag that it does not close with ``>``, and stands between tags.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

from jinja2 import nodes

from crmlib.exceptions import TemplateError
from crmlib.planners._html_places import place_fields
from crmlib.planners._merge_field import MergeField, Spelling
from crmlib.planners._merge_text import MergeText
from crmlib.planners._template import check_address

if TYPE_CHECKING:
    from collections.abc import Sequence

PERCENT_ENCODE: Final = "_percent_encode"


def encode_in_links(template: str, tree: nodes.Template) -> None:
    """Make the values in links of the HTML *tree* percent-encoded, and refuse unsafe places.

    Raises
    ------
    TemplateError
        If a value or an ``if`` stands where it could do harm.
    """
    _encode_branch(template, tree.body)


def encode_address(template: str, tree: nodes.Template) -> None:
    """Make all values of an address percent-encoded, and refuse another site than the author's."""
    literals, fields = _take_apart(tree.body)
    if any(isinstance(field, nodes.If) for field, _ in fields):
        raise TemplateError(
            template, "has an if in the address of its button", "put a value there instead"
        )
    check_address(template, literals)
    for value, output in fields:
        _encode(output, value)


def _encode_branch(template: str, body: Sequence[nodes.Node]) -> None:
    literals, fields = _take_apart(body)
    _require_whole(template, literals, body)
    named = tuple(MergeField(spelling=Spelling(name=_name(value))) for value, _ in fields)
    placed = place_fields(template, MergeText(literals=literals, fields=named)).fields
    for (value, output), field in zip(fields, placed, strict=True):
        if isinstance(value, nodes.If):
            if field.place != "html":
                raise TemplateError(
                    template,
                    f"has an if inside a tag or comment at line {value.lineno} of its html",
                    "put the whole tag into each branch",
                )
            for branch in (value.body, *(each.body for each in value.elif_), value.else_):
                _encode_branch(template, branch)
        elif field.place == "url":
            _encode(output, value)


def _take_apart(
    body: Sequence[nodes.Node],
) -> tuple[tuple[str, ...], list[tuple[nodes.Node, nodes.Node]]]:
    """Give the literal texts of *body*, and between them the values and where they hang."""
    literals = [""]
    values: list[tuple[nodes.Node, nodes.Node]] = []
    for node in body:
        for piece in node.nodes if isinstance(node, nodes.Output) else [node]:
            if isinstance(piece, nodes.TemplateData):
                literals[-1] += piece.data
            else:
                values.append((piece, node))
                literals.append("")
    return tuple(literals), values


def _name(value: nodes.Node) -> str:
    if isinstance(value, nodes.If):
        return "% if %"
    found = value if isinstance(value, nodes.Name) else value.find(nodes.Name)
    return found.name if found else "a constant"


def _require_whole(template: str, literals: tuple[str, ...], body: Sequence[nodes.Node]) -> None:
    reader = HTMLParser(convert_charrefs=False)
    reader.feed("x".join(literals))
    if reader.rawdata.startswith("<") or reader.cdata_elem:
        line = body[0].lineno
        raise TemplateError(
            template,
            f"has a tag that does not end in the html that begins at line {line}",
            "close it with >; script and style too, in the same branch",
        )


def _encode(output: nodes.Node, value: nodes.Node) -> None:
    """Put the filter that encodes around *value*, which hangs on *output*."""
    filtered = nodes.Filter(value, PERCENT_ENCODE, [], [], None, None, lineno=value.lineno)
    output.nodes = [filtered if piece is value else piece for piece in output.nodes]  # type: ignore[attr-defined]  # an Output
