"""What the ledger and the registry of warranties ask of their databases alike.

Instants are stored as integers, logs are only added to, transactions begin as
their engine is told, and an SQLite file is on the disk when it says so.
"""

from crmlib.databases._instant import EPOCH, MICROSECOND, Instant, microseconds
from crmlib.databases._kept_log import keep_log
from crmlib.databases._sqlite_engine import make_sqlite_engine
from crmlib.databases._transactions import ALL_IN_USE, begin_as_told

__all__ = [
    "ALL_IN_USE",
    "EPOCH",
    "MICROSECOND",
    "Instant",
    "begin_as_told",
    "keep_log",
    "make_sqlite_engine",
    "microseconds",
]
