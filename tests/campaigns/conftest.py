"""What the tests of campaigns share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from plans_by_hand import held_row, make_plan, sent_row

if TYPE_CHECKING:
    from crmlib.campaigns import Plan


@pytest.fixture
def plan() -> Plan:
    """Four customers: one sent, one held out, two held."""
    return make_plan(
        {
            "C1": sent_row(),
            "C2": sent_row("Juno", decision="hold-out", reason="HOLD_OUT"),
            "C3": held_row(),
            "C4": held_row(),
        }
    )
