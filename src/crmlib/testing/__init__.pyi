from ._channel_checks import channel_checks as channel_checks
from ._check import Check as Check
from ._example_messages import example_messages as example_messages
from ._example_tables import example_audience as example_audience
from ._example_tables import example_customers as example_customers
from ._example_tables import example_profiles as example_profiles
from ._example_tables import example_slots as example_slots
from ._example_tables import example_transactions as example_transactions
from ._planner_checks import planner_checks as planner_checks
from ._segmenter_checks import segmenter_checks as segmenter_checks
from ._source_checks import source_checks as source_checks
from ._timing_checks import timing_checks as timing_checks

__all__ = [
    "Check",
    "channel_checks",
    "example_audience",
    "example_customers",
    "example_messages",
    "example_profiles",
    "example_slots",
    "example_transactions",
    "planner_checks",
    "segmenter_checks",
    "source_checks",
    "timing_checks",
]
