"""What to say: planners that write the message of each customer."""

from crmlib.planners._template import Template
from crmlib.planners._template_planner import TemplatePlanner

__all__ = ["Template", "TemplatePlanner"]
