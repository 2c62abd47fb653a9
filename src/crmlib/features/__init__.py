"""Transactions, engagements and profiles in, one row per customer out."""

from crmlib.features._add_category_interests import add_category_interests
from crmlib.features._add_demographics import add_demographics
from crmlib.features._add_event_columns import add_event_columns
from crmlib.features._add_last_values import add_last_values
from crmlib.features._event_measure import EventMeasure
from crmlib.features._summarize_customers import summarize_customers

__all__ = [
    "EventMeasure",
    "add_category_interests",
    "add_demographics",
    "add_event_columns",
    "add_last_values",
    "summarize_customers",
]
