"""What to say: planners that write the message of each customer.

:class:`TemplatePlanner` writes; :class:`BanditPlanner`,
:class:`ContextualBanditPlanner` and :class:`UpliftPlanner` choose what is
written, and choose by customer only where that is proven to pay.
"""

from crmlib.planners._alimtalk import from_registered
from crmlib.planners._assign_offers import assign_offers
from crmlib.planners._bandit_planner import BanditPlanner
from crmlib.planners._catalogue import load_catalogue
from crmlib.planners._choosing_planner import ChoosingPlanner
from crmlib.planners._contextual_bandit_planner import ContextualBanditPlanner
from crmlib.planners._evaluate_policy import Trial
from crmlib.planners._interest_planner import InterestPlanner
from crmlib.planners._jinja_template import JinjaTemplate
from crmlib.planners._message_choice import MessageChoice
from crmlib.planners._message_policy import MessagePolicy
from crmlib.planners._offer_assignment import OfferAssignment
from crmlib.planners._policy_evaluation import Alternative, PolicyEvaluation
from crmlib.planners._suggest_themes import suggest_themes
from crmlib.planners._template import Template
from crmlib.planners._template_planner import TemplatePlanner
from crmlib.planners._uplift_planner import UpliftPlanner
from crmlib.planners._write_brief import write_brief

__all__ = [
    "Alternative",
    "BanditPlanner",
    "ChoosingPlanner",
    "ContextualBanditPlanner",
    "InterestPlanner",
    "JinjaTemplate",
    "MessageChoice",
    "MessagePolicy",
    "OfferAssignment",
    "PolicyEvaluation",
    "Template",
    "TemplatePlanner",
    "Trial",
    "UpliftPlanner",
    "assign_offers",
    "from_registered",
    "load_catalogue",
    "suggest_themes",
    "write_brief",
]
