"""What advertising is about, where customers may choose or refuse that by itself."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from crmlib.exceptions import DataQualityWarning
from crmlib.tables import find_topics

if TYPE_CHECKING:
    import pandas as pd


def check_topic(consents: pd.DataFrame, topic: str | None) -> pd.DataFrame:
    """Give checked *consents* back, and warn if none of their topics is *topic*.

    A name with a slip of the pen would not meet the withdrawals from the
    topic that is meant.

    Warns
    -----
    DataQualityWarning
        Names the topics that there are.
    """
    known = sorted(set(find_topics(consents)) - {""})
    if topic is not None and known and topic not in known:
        told = f"no consent or withdrawal is about the topic {topic!r}; there are {known}"
        warnings.warn(told, DataQualityWarning, stacklevel=3)
    return consents
