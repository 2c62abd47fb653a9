"""What a Jinja template of ours may hold, decided by walking it before it ever runs.

A sandbox keeps a template from what it must not touch; it does not keep it
from running for ever or filling the memory.  So there is no way to repeat
anything: no loop, macro, block, assignment or call.  What is left is output,
``if``, comparisons, plain arithmetic and the filters listed here, each of
which takes time and room in proportion to what it is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jinja2 import nodes

from crmlib.exceptions import TemplateError

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_SOURCE: Final = 200_000
"""Characters of one part."""
MAX_NODES: Final = 5_000
MAX_DEPTH: Final = 40
_ALLOWED: Final = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.Name, nodes.Const,
    nodes.Tuple, nodes.List, nodes.Filter, nodes.Test, nodes.Keyword, nodes.Compare,
    nodes.Operand, nodes.CondExpr, nodes.Not, nodes.And, nodes.Or, nodes.Concat, nodes.Add,
    nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Neg, nodes.Pos,
)  # fmt: skip
TESTS: Final = frozenset(
    (
        *("defined", "undefined", "number", "string", "even", "odd", "in", "eq", "equalto"),
        *("==", "ne", "!=", "lt", "<", "le", "<=", "gt", ">", "ge", ">="),
    )
)
OUR_FILTERS: Final = ("money", "number", "date", "day", "particle")
FILTERS: Final = frozenset(
    (
        *("default", "d", "upper", "lower", "capitalize", "title", "trim", "truncate", "length"),
        *OUR_FILTERS,
    )
)
_RESERVED: Final = frozenset(("self", "super", "caller", "loop", "varargs", "kwargs"))
"""Names behind which Jinja keeps objects."""
_WAY_OUT: Final = (
    "write {{ column }}, {% if %} … {% endif %}, comparisons, + - * / and the filters "
    f"{', '.join(sorted(FILTERS))}"
)


def check_tree(template: str, part: str, tree: nodes.Template) -> None:
    """Refuse what could run long, grow large or touch an object.

    Raises
    ------
    TemplateError
        It names the construct and its line.
    """
    count, level = 0, [tree]
    for _ in range(MAX_DEPTH):
        for node in level:
            _check_node(template, part, node)
        count += len(level)
        level = [child for node in level for child in node.iter_child_nodes()]  # type: ignore[misc]  # all are nodes
        if count > MAX_NODES:
            raise TemplateError(
                template, f"has more than {MAX_NODES:,} pieces in its {part}", "write less"
            )
        if not level:
            return
    raise TemplateError(
        template, f"has more than {MAX_DEPTH} levels of nesting in its {part}", "write it flatter"
    )


def columns_of(trees: Iterable[nodes.Template]) -> tuple[str, ...]:
    """Give the columns that *trees* name, in the order of their first use."""
    names = (node.name for tree in trees for node in tree.find_all(nodes.Name))
    return tuple(dict.fromkeys(names))


def _check_node(template: str, part: str, node: nodes.Node) -> None:
    problem = _find_problem(node)
    if problem:
        raise TemplateError(
            template, f"has {problem} at line {node.lineno} of its {part}", _WAY_OUT
        )


def _find_problem(node: nodes.Node) -> str | None:
    if not isinstance(node, _ALLOWED):
        return f"a construct that is not allowed ({type(node).__name__})"
    if isinstance(node, nodes.Name) and (node.name.startswith("_") or node.name in _RESERVED):
        return f"the name {node.name!r}, which is not allowed"
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        return f"the filter {node.name!r}, which is not allowed"
    if isinstance(node, nodes.Test) and node.name not in TESTS:
        return f"the test {node.name!r}, which is not allowed"
    if isinstance(node, nodes.Filter | nodes.Test) and (node.dyn_args or node.dyn_kwargs):
        return f"arguments behind a star for {node.name!r}, which are not allowed"
    return None
