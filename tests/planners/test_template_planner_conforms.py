"""The conformance kit on the planner that ships with crmlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmlib.planners import Template, TemplatePlanner
from crmlib.testing import planner_checks

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    "check",
    planner_checks(
        TemplatePlanner(
            {
                "default": Template(
                    subject="Hi {name|you}", body="Hi {name|you}", html="<p>{name|you}</p>"
                )
            }
        )
    ),
    ids=str,
)
def test_it_conforms(check: Callable[[], None]) -> None:
    """TemplatePlanner keeps every promise of MessagePlanner."""
    check()
