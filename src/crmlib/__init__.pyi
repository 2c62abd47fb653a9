from . import channels as channels
from . import datasets as datasets
from . import policies as policies
from . import reports as reports
from . import sources as sources
from . import testing as testing
from . import warranty as warranty
from . import web as web
from .campaigns import Campaign as Campaign
from .campaigns import Ladder as Ladder
from .campaigns import LadderStep as LadderStep
from .campaigns import Plan as Plan
from .delivery import Ledger as Ledger
from .delivery import deliver as deliver
from .features import add_category_interests as add_category_interests
from .features import add_demographics as add_demographics
from .features import add_event_columns as add_event_columns
from .features import summarize_customers as summarize_customers
from .identity import Identities as Identities
from .identity import link_identities as link_identities
from .interfaces import Channel as Channel
from .interfaces import MessagePlanner as MessagePlanner
from .interfaces import Segmenter as Segmenter
from .interfaces import TimingModel as TimingModel
from .measurement import measure as measure
from .messages import Button as Button
from .messages import Capabilities as Capabilities
from .messages import DeliveryReceipt as DeliveryReceipt
from .messages import Message as Message
from .messages import Outcome as Outcome
from .messages import Purpose as Purpose
from .messages import Recipient as Recipient
from .messages import RegisteredTemplate as RegisteredTemplate
from .messages import Sender as Sender
from .planners import BanditPlanner as BanditPlanner
from .planners import ContextualBanditPlanner as ContextualBanditPlanner
from .planners import InterestPlanner as InterestPlanner
from .planners import JinjaTemplate as JinjaTemplate
from .planners import Template as Template
from .planners import TemplatePlanner as TemplatePlanner
from .planners import UpliftPlanner as UpliftPlanner
from .planners import assign_offers as assign_offers
from .planners import load_catalogue as load_catalogue
from .planners import suggest_themes as suggest_themes
from .segmenters import CrossSegmenter as CrossSegmenter
from .segmenters import DemographicSegmenter as DemographicSegmenter
from .segmenters import KMeansSegmenter as KMeansSegmenter
from .segmenters import LifecycleSegmenter as LifecycleSegmenter
from .segmenters import RFMSegmenter as RFMSegmenter
from .segmenters import Rule as Rule
from .segmenters import RuleSegmenter as RuleSegmenter
from .segmenters import ValueSegmenter as ValueSegmenter
from .segmenters import WeightedRFMSegmenter as WeightedRFMSegmenter
from .segmenters import migration as migration
from .sources import OrderScan as OrderScan
from .sources import read_orders as read_orders
from .sources import scan_orders as scan_orders
from .tables import Orders as Orders
from .timing import FixedTiming as FixedTiming
from .timing import PreferredHourTiming as PreferredHourTiming
from .timing import PurchaseCycleTiming as PurchaseCycleTiming
from .timing import ResponseTiming as ResponseTiming
from .timing import TriggerTiming as TriggerTiming

__all__ = [
    "BanditPlanner",
    "Button",
    "Campaign",
    "Capabilities",
    "Channel",
    "ContextualBanditPlanner",
    "CrossSegmenter",
    "DeliveryReceipt",
    "DemographicSegmenter",
    "FixedTiming",
    "Identities",
    "InterestPlanner",
    "JinjaTemplate",
    "KMeansSegmenter",
    "Ladder",
    "LadderStep",
    "Ledger",
    "LifecycleSegmenter",
    "Message",
    "MessagePlanner",
    "OrderScan",
    "Orders",
    "Outcome",
    "Plan",
    "PreferredHourTiming",
    "PurchaseCycleTiming",
    "Purpose",
    "RFMSegmenter",
    "Recipient",
    "RegisteredTemplate",
    "ResponseTiming",
    "Rule",
    "RuleSegmenter",
    "Segmenter",
    "Sender",
    "Template",
    "TemplatePlanner",
    "TimingModel",
    "TriggerTiming",
    "UpliftPlanner",
    "ValueSegmenter",
    "WeightedRFMSegmenter",
    "add_category_interests",
    "add_demographics",
    "add_event_columns",
    "assign_offers",
    "channels",
    "datasets",
    "deliver",
    "link_identities",
    "load_catalogue",
    "measure",
    "migration",
    "policies",
    "read_orders",
    "reports",
    "scan_orders",
    "sources",
    "suggest_themes",
    "summarize_customers",
    "testing",
    "warranty",
    "web",
]
