"""What to say: planners that write the message of each customer."""

from crmlib.planners._alimtalk import from_registered
from crmlib.planners._catalogue import load_catalogue
from crmlib.planners._interest_planner import InterestPlanner
from crmlib.planners._jinja_template import JinjaTemplate
from crmlib.planners._template import Template
from crmlib.planners._template_planner import TemplatePlanner

__all__ = [
    "InterestPlanner",
    "JinjaTemplate",
    "Template",
    "TemplatePlanner",
    "from_registered",
    "load_catalogue",
]
