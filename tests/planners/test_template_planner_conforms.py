"""The conformance kit on the planner that ships with crmlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmlib.planners import JinjaTemplate, Template, TemplatePlanner
from crmlib.testing import planner_checks

if TYPE_CHECKING:
    from collections.abc import Callable


FIELDS = Template(
    subject="Hi {name|you}",
    body="Hi {name:이/가|you} {average_order_value:money KRW|} {last_purchase_at:date|}",
    html='<p title="{name|}">{name|you}</p><a href="https://shop.example/?{name|}">x</a>',
    button_label="For {name|you}",
    button_url="https://shop.example/?n={name|}",
)
JINJA = JinjaTemplate(
    subject="Hi {{ name or 'you' }}",
    body="{{ (name or 'you')|particle('이/가') }}{% if frequency %}{{ frequency }}{% endif %}",
    html="{% if name %}<p title='{{ name }}'>{{ name }}</p>{% endif %}",
    button_label="For {{ name or 'you' }}",
    button_url="https://shop.example/?n={{ name or '' }}",
)


@pytest.mark.parametrize(
    "check",
    [
        *planner_checks(TemplatePlanner({"default": FIELDS})),
        *planner_checks(TemplatePlanner({"default": JINJA, ("default", "ko", "sms"): FIELDS})),
    ],
    ids=str,
)
def test_it_conforms(check: Callable[[], None]) -> None:
    """TemplatePlanner keeps every promise of MessagePlanner, with either kind of template."""
    check()
