"""The steps of a ladder in a campaign file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.campaigns._campaign_parts import read_templates
from crmlib.campaigns._campaign_settings import read_channels
from crmlib.campaigns._ladder import LadderStep
from crmlib.campaigns._trigger_section import STEPS, read_minutes
from crmlib.exceptions import InvalidParameterError
from crmlib.planners import TemplatePlanner

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.interfaces import MessagePlanner
    from crmlib.sections import Section


def read_steps(section: Section, folder: Path) -> tuple[LadderStep, ...]:
    """Read ``[[timing.steps]]``, if there are any, with their templates."""
    steps = section.list_of_tables(STEPS) if STEPS in section.keys else []
    return tuple(_read_step(step, folder) for step in steps)


def _read_step(section: Section, folder: Path) -> LadderStep:
    expires = "expires_after_minutes"
    try:
        step = LadderStep(
            name=section.text("name"),
            after=read_minutes(section, "after_minutes"),
            expires_after=read_minutes(section, expires) if expires in section.keys else None,
            channels=read_channels(section) if "channels" in section.keys else None,
            planner=_read_planner(section, folder),
        )
    except InvalidParameterError as error:
        told = f"is {error.value!r}", f"it must be {error.expected}"
        key = error.name if error.name in section.keys else f"{error.name}_minutes"
        raise section.error(key, *told) from error
    section.finish()
    return step


def _read_planner(section: Section, folder: Path) -> MessagePlanner | None:
    if "templates" not in section.keys:
        return None
    return TemplatePlanner(read_templates(section.table("templates"), folder))
