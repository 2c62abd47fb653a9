"""Identities in a file: what comes back is what was saved, or an error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from crmlib.datasets import make_accounts
from crmlib.exceptions import UnreadableFileError
from crmlib.identity import Identities, link_identities

if TYPE_CHECKING:
    from pathlib import Path

TABLES = ("people", "profiles", "links", "flagged", "merges", "absent", "unused")


@pytest.fixture(scope="module")
def crowd() -> Identities:
    """Give identities of a second run, in which ids changed."""
    contacts = make_accounts(200, seed=5).contacts
    contacts["visits"] = 1.5
    contacts["tags"] = [["vip"]] * len(contacts)
    first = link_identities(contacts.head(300), region="KR")
    return link_identities(contacts.tail(500), region="KR", previous=first)


def test_round_trip(crowd: Identities, tmp_path: Path) -> None:
    """Every table comes back with its types; the file is its owner's alone."""
    path = tmp_path / "identities.json"
    crowd.save(path)
    back = Identities.load(path)

    assert back.run == crowd.run == 2
    assert len(crowd.merges)
    assert len(crowd.absent)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(back, name), getattr(crowd, name))
    assert path.stat().st_mode & 0o777 == 0o600


def test_one_crowd_one_file(crowd: Identities, tmp_path: Path) -> None:
    """Saved twice, the files are equal byte for byte, and so is what is loaded and saved again."""
    crowd.save(tmp_path / "one")
    Identities.load(tmp_path / "one").save(tmp_path / "two")

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_nobody_comes_back(tmp_path: Path) -> None:
    """Identities of nobody can be saved, too."""
    nobody = link_identities(pd.DataFrame({"customer_id": []}))
    nobody.save(tmp_path / "nobody")

    assert Identities.load(tmp_path / "nobody").people.empty


def test_any_byte_that_changed_is_found(crowd: Identities, tmp_path: Path) -> None:
    """A file that was altered or cut short is refused."""
    path = tmp_path / "identities.json"
    crowd.save(path)
    whole = path.read_bytes()

    for broken in (whole[:-20], whole.replace(b"coupang", b"Coupang", 1), whole + b"{}\n"):
        path.write_bytes(broken)
        with pytest.raises(UnreadableFileError, match="is cut short or was altered"):
            Identities.load(path)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"\xff\n", "holds no identities"),
        (b"[]\n", "holds no identities"),
        (b'{"format": 1}\n', "holds no identities"),
        (
            json.dumps({"digest": "", "format": "crmlib.identities/9", "run": 1}).encode(),
            "has the format",
        ),
    ],
)
def test_what_is_no_such_file(content: bytes, problem: str, tmp_path: Path) -> None:
    """Other files are refused with a reason."""
    path = tmp_path / "file"
    path.write_bytes(content)

    with pytest.raises(UnreadableFileError, match=problem):
        Identities.load(path)


def test_no_file(tmp_path: Path) -> None:
    """A file that is not there is refused."""
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        Identities.load(tmp_path / "nothing")
