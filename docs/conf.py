"""How Sphinx makes the pages: ``sphinx-build -n -W docs docs/_build``."""

from __future__ import annotations

import importlib
import inspect
import re
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import crmlib

if TYPE_CHECKING:
    from docutils.nodes import Element
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

project = "crmlib"
author = "The crmlib developers"
version = release = installed_version("crmlib")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build"]
nitpicky = True
myst_heading_anchors = 3

# The docstrings say types in words ("DataFrame of shape (n_customers, 3)"), so
# neither annotations nor those words are turned into links.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_default_options = {
    "members": True,
    "show-inheritance": True,
    # what scikit-learn adds to every estimator
    "exclude-members": "set_fit_request, set_predict_request, set_score_request",
}
napoleon_google_docstring = False
napoleon_use_param = False
napoleon_use_rtype = False
napoleon_custom_sections = [("Attributes", "params_style")]

# Other projects' pages are not looked up: a build needs no network.
nitpick_ignore_regex = [
    (r"py:.*", r"(abc|enum|pandas|numpy|sklearn|sqlalchemy|datetime|threading)\..*"),
    (r"py:class", r"([a-z]+|ABC|BaseEstimator|StrEnum|Exception|UserWarning|[A-Z]\w+Error)"),
    (r"py:class", r".* .*"),  # words, not a class
    (r"py:class", r"crmlib\..*\._\w+\.\w+"),  # a base class of a private file
]

html_theme = "furo"
html_title = "crmlib"

STUB = Path(crmlib.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
ROOMS = {name: room for room, name in re.findall(r"from \.(\w+) import (\w+) as", STUB)}
"""In which room each name of the front door lives."""


def number_references(
    _app: Sphinx, _what: str, name: str, _object: Any, _options: Any, lines: list[str]
) -> None:
    """Make the ``[1]`` of each docstring a footnote of its own, as all share one page."""
    label = name.removeprefix("crmlib.").replace(".", "-")
    lines[:] = [
        re.sub(r"^(\s*\.\. )\[(\d+)\]", rf"\1[#{label}-\2]", line)
        if line.lstrip().startswith(".. [")
        else re.sub(r"\[(\d+)\]_", rf"[#{label}-\1]_", line)
        for line in lines
    ]


def find_reference(
    app: Sphinx, env: BuildEnvironment, node: Element, text: Element
) -> Element | None:
    """Look for what nitpicking misses: names of the front door, and attributes.

    ``crmlib.Channel`` leads to ``crmlib.interfaces.Channel``; an attribute
    that only the docstring of its class describes leads to the class.
    """
    if node.get("refdomain") != "py":
        return None
    module, holder = node.get("py:module"), node.get("py:class")
    target = re.sub(
        r"^crmlib\.([A-Za-z_]+)",
        lambda found: f"crmlib.{ROOMS[found[1]]}.{found[1]}" if found[1] in ROOMS else found[0],
        node["reftarget"],
    )
    owner, _, attribute = target.rpartition(".")
    for name in (target, f"{module}.{target}"):
        found = _link(app, env, node, text, name)
        if found is not None:
            return found
    for name in (owner, f"{module}.{owner}") if owner else (f"{module}.{holder}",):
        thing = _import(name)
        if thing is not None and re.search(rf"\b{attribute}\b", inspect.getdoc(thing) or ""):
            return _link(app, env, node, text, name) or text
    return text if _import(f"{module}.{target}") is not None else None


def _link(
    app: Sphinx, env: BuildEnvironment, node: Element, text: Element, name: str
) -> Element | None:
    python = env.get_domain("py")
    return python.resolve_xref(env, node["refdoc"], app.builder, "obj", name, node, text)


def _import(name: str) -> Any:
    """Give the object called *name*, or None."""
    parts = name.split(".")
    for n_modules in range(len(parts), 0, -1):
        try:
            thing: Any = importlib.import_module(".".join(parts[:n_modules]))
        except ImportError:
            continue
        for part in parts[n_modules:]:
            thing = getattr(thing, part, None)
        return thing
    return None


def setup(app: Sphinx) -> None:
    """Put both into the build, the footnotes before napoleon reads the docstrings."""
    app.connect("autodoc-process-docstring", number_references, priority=400)
    app.connect("missing-reference", find_reference)
