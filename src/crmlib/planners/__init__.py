"""What to say: planners that write the message of each customer."""

from crmlib.planners._alimtalk import from_registered
from crmlib.planners._catalogue import load_catalogue
from crmlib.planners._interest_planner import InterestPlanner
from crmlib.planners._jinja_template import JinjaTemplate
from crmlib.planners._suggest_themes import suggest_themes
from crmlib.planners._template import Template
from crmlib.planners._template_planner import TemplatePlanner
from crmlib.planners._write_brief import write_brief

__all__ = [
    "InterestPlanner",
    "JinjaTemplate",
    "Template",
    "TemplatePlanner",
    "from_registered",
    "load_catalogue",
    "suggest_themes",
    "write_brief",
]
