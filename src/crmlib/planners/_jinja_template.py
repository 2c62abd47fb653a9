"""Texts in Jinja, for those who need an ``if``."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pandas as pd
from attrs import validators
from jinja2.exceptions import SecurityError, TemplateSyntaxError, UndefinedError

from crmlib.exceptions import TemplateError
from crmlib.planners._day_texts import local_days
from crmlib.planners._field_values import is_unsafe, unsafe_value
from crmlib.planners._filled_parts import EMPTY, no_column
from crmlib.planners._jinja_filters import PlainEnvironment
from crmlib.planners._jinja_places import encode_address, encode_in_links
from crmlib.planners._jinja_safety import MAX_SOURCE, check_tree, columns_of
from crmlib.planners._template import ONE_LINE, check_parts, given_parts, guess_language
from crmlib.safe_text import is_plain_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2 import Template as Compiled
    from jinja2 import nodes

    from crmlib.planners._field_values import Rows

MAX_LENGTH: Final = 200_000
"""Characters of one part of one message."""

_optional_text = validators.optional(validators.instance_of(str))


@attrs.frozen(kw_only=True)
class JinjaTemplate:
    """One message for many customers, written in a small and safe part of Jinja.

    ``{{ name }}`` stands for a column, ``{% if orders > 3 %}…{% endif %}``
    for a part that only some customers get.  There is no way to loop, call,
    assign or include, so a template can neither run long nor fill the memory;
    what it sees are texts, numbers and dates, never an object.  The filters
    ``money``, ``number``, ``date``, ``day`` and ``particle`` write as the
    formats of :class:`Template` do.  A value that a customer lacks is false
    in an ``if``, and holds the row where it would be written:
    ``{{ name or 'there' }}`` says what stands there instead.

    In HTML values are escaped, in links percent-encoded, and refused at the
    same places as in :class:`Template`; an ``if`` stands between tags.  Use
    :class:`Template` where merge fields will do: it is an order of magnitude
    faster.

    Parameters
    ----------
    body, subject, html, button_label, button_url, name, locale
        As of :class:`Template`.

    Attributes
    ----------
    fields : tuple of str
        The columns that it uses, in the order of their first use.
    language : str
        *locale*, or what it is taken for.

    Raises
    ------
    TemplateError
        If it is no Jinja, holds what is not allowed (with its line), is
        longer than 200,000 characters, or stands out as :class:`Template` says.

    Examples
    --------
    >>> from crmlib.planners import JinjaTemplate
    >>> template = JinjaTemplate(
    ...     body="{{ name }}님, {% if frequency > 3 %}고맙습니다{% else %}반갑습니다{% endif %}."
    ... )
    >>> template.fields
    ('name', 'frequency')
    >>> JinjaTemplate(body="{% for x in name %}{{ x }}{% endfor %}", name="loop")
    Traceback (most recent call last):
    crmlib.exceptions.TemplateError: template 'loop' has a construct that is not allowed (For) at \
line 1 of its body; write {{ column }}, {% if %} … {% endif %}, comparisons, + - * / and the \
filters capitalize, d, date, day, default, length, lower, money, number, particle, title, trim, \
truncate, upper
    """

    body: str = attrs.field(validator=validators.instance_of(str))
    subject: str | None = attrs.field(default=None, validator=_optional_text)
    html: str | None = attrs.field(default=None, validator=_optional_text)
    button_label: str | None = attrs.field(default=None, validator=_optional_text)
    button_url: str | None = attrs.field(default=None, validator=_optional_text)
    name: str | None = attrs.field(default=None, validator=_optional_text)
    locale: str | None = attrs.field(default=None, validator=_optional_text)
    fields: tuple[str, ...] = attrs.field(init=False, repr=False, eq=False)
    _compiled: dict[str, Compiled] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        name = self.name or "(unnamed)"
        texts = given_parts(self)
        check_parts(name, texts)
        trees = {part: _read(name, part, text) for part, text in texts.items()}
        object.__setattr__(self, "fields", columns_of(trees.values()))
        if "html" in trees:
            encode_in_links(name, trees["html"])
        if "button_url" in trees:
            encode_address(name, trees["button_url"])
        compiled = {part: _compile(name, part, tree) for part, tree in trees.items()}
        object.__setattr__(self, "_compiled", compiled)

    def __getstate__(self) -> dict[str, Any]:
        # compiled code is made anew where it is needed: it is none of what a template says
        return {
            field.name: getattr(self, field.name)
            for field in attrs.fields(type(self))
            if field.init
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]  # as if it were made anew

    @property
    def language(self) -> str:
        """The language that it is written in."""
        return self.locale or guess_language(given_parts(self))

    def fill(
        self, rows: Rows, known: Sequence[str]
    ) -> tuple[dict[str, list[Any]], dict[int, str]]:
        """Fill it in for *rows*, for ``write_messages``; *known* are all columns there are."""
        filled: dict[str, list[Any]] = {part: [] for part in self._compiled}
        problems: dict[int, str] = {}
        nothing = dict.fromkeys(self._compiled, "")
        for place, (values, unsafe) in enumerate(_plain_rows(rows, self.fields)):
            written, problem = (nothing, unsafe) if unsafe else self._write(values, known)
            for part, text in written.items():
                filled[part].append(text)
            if problem is not None:
                problems[place] = problem
        return filled, problems

    def _write(
        self, values: Mapping[str, Any], known: Sequence[str]
    ) -> tuple[dict[str, str], str | None]:
        """Write one message, or say what is wrong with it."""
        written = dict.fromkeys(self._compiled, "")
        try:
            for part, template in self._compiled.items():
                written[part] = _render(template, values)
        except UndefinedError as error:
            unknown = [name for name in self.fields if name not in {*known, *values}]
            absent = [name for name in unknown if f"{{{{ {name} }}}}" in str(error)]
            return written, no_column(absent[0], known) if absent else str(error)
        except SecurityError as error:
            return written, str(error)
        except (TypeError, ValueError, ArithmeticError) as error:
            return written, f"cannot be written for this customer ({error})"
        problem = None if written["body"].strip() else EMPTY
        for part in ONE_LINE:
            if not is_plain_line(written.get(part, "")):
                problem = f"has a {part.replace('_', ' ')} that is not on one line"
        return written, problem


def _read(name: str, part: str, text: str) -> nodes.Template:
    if len(text) > MAX_SOURCE:
        raise TemplateError(
            name, f"has more than {MAX_SOURCE:,} characters in its {part}", "write less"
        )
    try:
        tree = PlainEnvironment(autoescape=False).parse(text)
    except TemplateSyntaxError as error:
        raise TemplateError(
            name,
            f"is no Jinja at line {error.lineno} of its {part}: {error.message}",
            "write {{ column }}, or use Template for texts without an if",
        ) from error
    except (RecursionError, ValueError) as error:
        raise TemplateError(name, f"cannot be read in its {part}", "write it simpler") from error
    check_tree(name, part, tree)
    return tree


def _compile(name: str, part: str, tree: nodes.Template) -> Compiled:
    environment = PlainEnvironment(autoescape=part == "html")
    tree.set_environment(environment)
    code = environment.compile(tree, name, part)
    return environment.template_class.from_code(environment, code, {})


def _render(template: Compiled, values: Mapping[str, Any]) -> str:
    """Write one part, and stop where it grows too long."""
    pieces, length = [], 0
    for piece in template.root_render_func(template.new_context(dict(values))):
        length += len(piece)
        if length > MAX_LENGTH:
            raise ValueError(f"more than {MAX_LENGTH:,} characters")
        pieces.append(piece)
    return "".join(pieces)


def _plain_rows(rows: Rows, fields: Sequence[str]) -> list[tuple[dict[str, Any], str | None]]:
    """Give the values of each row as plain data, or what is wrong with one of them."""
    names = tuple(dict.fromkeys((*fields, "currency")))
    columns = {name: _plain_column(rows, name) for name in names if rows.column(name) is not None}
    locales = rows.plain("locale")
    plain: list[tuple[dict[str, Any], str | None]] = []
    for place in range(len(rows.table)):
        values = {name: column[place] for name, column in columns.items()}
        problem = next(
            (unsafe_value(name) for name, value in values.items() if value is _UNSAFE), None
        )
        values = {name: value for name, value in values.items() if value is not None}
        values["_language"] = rows.language
        values["_locale"] = None if locales is None else locales[place]
        plain.append((values, problem))
    return plain


_UNSAFE: Final = object()


def _plain_column(rows: Rows, name: str) -> list[Any]:
    column = rows.column(name)
    assert column is not None
    if column.dtype.kind == "M":
        days, bad = local_days(column, rows.plain("timezone"))
        values = days.tolist()
        return [_UNSAFE if bad[place] else value for place, value in enumerate(values)]
    return [_plain(value) for value in column.tolist()]


def _plain(value: Any) -> Any:
    """Give a text, number or date as itself, None where missing, else a mark."""
    if isinstance(value, str):
        text = str.__str__(value)
        return None if not text or text.isspace() else _UNSAFE if is_unsafe(text) else text
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, dt.datetime):
        return value.date()
    return value if type(value) in {bool, int, dt.date} else _UNSAFE
