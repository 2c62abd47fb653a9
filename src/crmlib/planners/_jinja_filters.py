"""The environment in which Jinja templates run: nothing in it but plain data and our filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import pandas as pd
from jinja2 import StrictUndefined, pass_context
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from crmlib.planners._field_values import Rows, field_values, write_float
from crmlib.planners._jinja_places import PERCENT_ENCODE
from crmlib.planners._jinja_safety import FILTERS, OUR_FILTERS, TESTS
from crmlib.planners._merge_field import FieldError, Spelling, is_currency
from crmlib.planners._particles import PARTICLES, add_particle

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2.runtime import Context

_LARGEST: Final = 1e15


class MissingValue(StrictUndefined):
    """A value that a customer does not have: false in an ``if``, and an error in a text."""

    @property
    def _undefined_message(self) -> str:
        name = self._undefined_name
        return (
            f"needs {{{{ {name} }}}}, which is missing for this customer; write "
            f"{{{{ {name} or '…' }}}} to say what stands there instead"
        )

    def __bool__(self) -> bool:  # type: ignore[override]  # this it can say
        return False


class PlainEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox without globals, with few filters, and with a bound on products."""

    intercepted_binops = frozenset(("*",))

    def __init__(self, *, autoescape: bool) -> None:
        super().__init__(
            autoescape=autoescape,
            undefined=MissingValue,
            keep_trailing_newline=True,
            finalize=_without_superfluous_decimals,
        )
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in FILTERS if name in self.filters}
        self.filters |= {form: _make_filter(form) for form in OUR_FILTERS if form != "particle"}
        self.filters |= {"particle": _add_particle, PERCENT_ENCODE: _percent_encode}
        self.tests = {name: self.tests[name] for name in TESTS}

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Multiply numbers of sensible size, and nothing else: texts could fill the memory."""
        if not all(_is_small_number(factor) for factor in (left, right)):
            raise SecurityError("multiplies what is no number, or one that is too large")
        return super().call_binop(context, operator, left, right)


def _is_small_number(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) <= _LARGEST


def _without_superfluous_decimals(value: Any) -> Any:
    return write_float(value) if isinstance(value, float) else value


def _percent_encode(value: Any) -> str:
    return quote(str(value), safe="")


def _add_particle(value: Any, particle: str) -> str:
    if particle not in PARTICLES:
        raise FieldError(f"has the particle {particle!r}, which there is not")
    return add_particle(str(value), PARTICLES[particle])


def _make_filter(form: str) -> Callable[..., str]:
    """Make a filter that writes one value as the merge field format *form* does."""

    @pass_context
    def write(context: Context, value: Any, currency: str | None = None) -> str:
        if isinstance(value, MissingValue):
            return str(value)  # raises what it has to say
        if currency is not None and not is_currency(currency):
            raise FieldError(f"has {currency!r}, which is no currency")
        table = pd.DataFrame(
            {"value": [value], "currency": context.get("currency") or None}, dtype=object
        )
        table["locale"] = context.get("_locale")
        rows = Rows(table=table, language=context.get("_language"))
        found = field_values(rows, Spelling(name="value", form=form, currency=currency))
        if found is None or found.problems or found.missing:
            given = "" if currency is None else f" {currency}"
            raise FieldError(f"has a value that cannot be written as {form}{given}")
        return found.texts[0]

    return write
