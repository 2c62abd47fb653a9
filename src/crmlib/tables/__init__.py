"""What a canonical table must look like, and what becomes of rows that do not fit."""

from crmlib.tables._amounts import is_amount, read_numbers
from crmlib.tables._cells import NO_ID, read_texts
from crmlib.tables._check_transactions import check_transactions
from crmlib.tables._consents import PURPOSES, check_consents, find_topics
from crmlib.tables._contacts import CONTACT_COLUMNS, CONTACT_FIELDS
from crmlib.tables._csv_file import CsvFile
from crmlib.tables._currencies import find_currency, list_currencies
from crmlib.tables._engagements import EVENTS, check_engagements
from crmlib.tables._events import ORDERED, check_events, orders_as_events
from crmlib.tables._instants import read_instants
from crmlib.tables._money import MINOR_UNITS, sum_by_group, sum_money, to_minor_units
from crmlib.tables._notices import NOTICE_OUTCOMES, check_notices
from crmlib.tables._order_key import find_orders, order_key
from crmlib.tables._orders import Orders
from crmlib.tables._profiles import check_profiles
from crmlib.tables._raw_lines import OPTIONAL_COLUMNS
from crmlib.tables._requirements import check_aware, check_columns
from crmlib.tables._responses import NO_MESSAGE, check_responses
from crmlib.tables._safe_csv import read_csv, unescape_texts, write_csv
from crmlib.tables._set_aside_reason import SetAsideReason
from crmlib.tables._transactions import (
    NON_PRODUCT_IDS,
    REQUIRED_COLUMNS,
    make_transactions,
)
from crmlib.tables._zones import get_zone, is_zone, local_days, start_of_day

__all__ = [
    "CONTACT_COLUMNS",
    "CONTACT_FIELDS",
    "EVENTS",
    "MINOR_UNITS",
    "NON_PRODUCT_IDS",
    "NOTICE_OUTCOMES",
    "NO_ID",
    "NO_MESSAGE",
    "OPTIONAL_COLUMNS",
    "ORDERED",
    "PURPOSES",
    "REQUIRED_COLUMNS",
    "CsvFile",
    "Orders",
    "SetAsideReason",
    "check_aware",
    "check_columns",
    "check_consents",
    "check_engagements",
    "check_events",
    "check_notices",
    "check_profiles",
    "check_responses",
    "check_transactions",
    "find_currency",
    "find_orders",
    "find_topics",
    "get_zone",
    "is_amount",
    "is_zone",
    "list_currencies",
    "local_days",
    "make_transactions",
    "order_key",
    "orders_as_events",
    "read_csv",
    "read_instants",
    "read_numbers",
    "read_texts",
    "start_of_day",
    "sum_by_group",
    "sum_money",
    "to_minor_units",
    "unescape_texts",
    "write_csv",
]
