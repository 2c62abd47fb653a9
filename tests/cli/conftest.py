"""A command line to run in the test's own process, and a shop to run it on."""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from shutil import copytree

import pytest
from shell_campaign import CAMPAIGN, Answer

from crmlib.cli import main
from crmlib.datasets import make_shop

CLOCKED = (
    *("_plan", "_send", "_status", "_control", "_work", "_resend", "_settle", "_test_send"),
    "_suppress",
)
"""The commands that look at the clock."""


@pytest.fixture
def crmlib(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., Answer]:
    """Run ``crmlib`` with arguments in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["crmlib", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Answer(int(ended.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture(scope="session")
def shop_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the files of a shop, for tests to copy."""
    folder = tmp_path_factory.mktemp("shop")
    make_shop(n_customers=300, seed=3).save(folder)
    return folder


@pytest.fixture
def campaign(tmp_path: Path, shop_files: Path) -> Path:
    """Write a campaign file and the shop that it is for into the folder of the test."""
    copytree(shop_files, tmp_path / "shop")
    file = tmp_path / "campaign.toml"
    file.write_text(CAMPAIGN, encoding="utf-8")
    return file


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set the clock of the commands to an instant."""

    def set_clock(text: str) -> None:
        for command in CLOCKED:
            monkeypatch.setattr(
                f"crmlib.cli.{command}.utc_now", lambda: datetime.fromisoformat(text)
            )

    return set_clock
