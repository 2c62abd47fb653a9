"""``crmlib pause``, ``resume`` and ``cancel``: what the operator says to a campaign."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from crmlib.delivery import Ledger
from crmlib.delivery._schema import CAMPAIGNS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shell_campaign import Answer

NOON = datetime(2011, 12, 12, 3, 0, tzinfo=UTC)


@pytest.fixture
def ledger_file(tmp_path: Path) -> Path:
    """Make a ledger with one campaign, which has no messages yet."""
    path = tmp_path / "crm.db"
    with Ledger(f"sqlite:///{path}") as ledger, ledger.store.write() as connection:
        connection.execute(CAMPAIGNS.insert().values(name="winback"))
    return path


def control_of(path: Path) -> tuple[str, str]:
    """Give what the ledger says of the campaign."""
    with Ledger(f"sqlite:///{path}") as ledger, ledger.store.read() as connection:
        row = connection.execute(CAMPAIGNS.select()).one()
    return row.control, row.control_note


def test_a_campaign_is_paused_resumed_and_cancelled(
    crmlib: Callable[..., Answer], ledger_file: Path
) -> None:
    """Each command says what is now, and the ledger keeps it with the note."""
    seen = []
    for command in ("pause", "resume", "cancel"):
        answer = crmlib(
            command, "winback", "--note", f"{command}, please", "--ledger", ledger_file
        )
        seen.append((answer.code, answer.out.split(";")[0].strip(), *control_of(ledger_file)))

    assert seen == [
        (0, "winback is paused", "paused", "pause, please"),
        (0, "winback goes on at the next crmlib send", "running", "resume, please"),
        (0, "winback is cancelled", "cancelled", "cancel, please"),
    ]


def test_a_campaign_that_is_not_there_is_told(
    crmlib: Callable[..., Answer], ledger_file: Path
) -> None:
    """A name that the ledger does not have is answered with those it has."""
    answer = crmlib("pause", "spring", "--note", "wrong price", "--ledger", ledger_file)

    assert answer.code == 3
    assert "no campaign 'spring'" in answer.err
