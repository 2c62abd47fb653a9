"""A plan file is the plan, or an error."""

from __future__ import annotations

import errno
import json
import os
import string
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plans_by_hand import held_row, make_plan, sent_row

from crmlib.campaigns import Plan
from crmlib.campaigns._plan_shape import canonical
from crmlib.exceptions import InvalidTableError, PlanAlteredError, UnreadableFileError

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = st.text(string.ascii_letters, min_size=1, max_size=8)


def seal(header: dict[str, Any], rows: list[str]) -> str:
    """Give a file with these lines and a digest that fits them."""
    body = "".join(f"{row}\n" for row in rows)
    plain = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = sha256(f"{plain}\n{body}".encode()).hexdigest()
    return json.dumps({"digest": digest} | header) + "\n" + body


def test_round_trip(plan: Plan, tmp_path: Path) -> None:
    """What is loaded equals what was saved, and so does its digest."""
    plan.save(tmp_path / "winback.plan")
    loaded = Plan.load(tmp_path / "winback.plan")

    assert loaded.digest == plan.digest
    assert loaded.header == plan.header
    pd.testing.assert_frame_equal(loaded.table, plan.table)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None
)
@given(st.dictionaries(TEXTS.filter(bool), st.tuples(NAMES, TEXTS, TEXTS), max_size=5))
def test_every_text_survives(tmp_path: Path, rows: dict[str, tuple[str, str, str]]) -> None:
    """Ids and texts of any script, line ends and quotes included, come back as they were."""
    plan = make_plan(
        {
            key: sent_row(name, message_key=key, subject=subject, message=message)
            for key, (name, subject, message) in rows.items()
        }
    )
    plan.save(tmp_path / "any.plan")
    loaded = Plan.load(tmp_path / "any.plan")
    lines = (tmp_path / "any.plan").read_bytes().removesuffix(b"\n").split(b"\n")[1:]

    assert lines == [canonical(json.loads(line)) for line in lines]
    assert loaded.digest == plan.digest
    pd.testing.assert_frame_equal(loaded.table, plan.table)


def test_the_file_is_json_lines_in_customer_order(plan: Plan, tmp_path: Path) -> None:
    """Any program can read the file: a header line, then a line per customer."""
    plan.save(tmp_path / "winback.plan")
    first, *rows = (tmp_path / "winback.plan").read_text(encoding="utf-8").splitlines()

    assert json.loads(first)["rows"] == 4
    assert json.loads(first)["digest"] == plan.digest
    assert [json.loads(row)["customer_id"] for row in rows] == ["C1", "C2", "C3", "C4"]
    assert json.loads(rows[0])["send_at"] == "2011-12-12T11:17:00.000000Z"
    assert json.loads(rows[2])["send_at"] is None


def test_a_stranger_can_check_the_digest(plan: Plan, tmp_path: Path) -> None:
    """The digest is the SHA-256 of the file without its digest."""
    plan.save(tmp_path / "winback.plan")
    raw = (tmp_path / "winback.plan").read_bytes()

    assert sha256(b"{" + raw[len('{"digest":"",') + 64 :]).hexdigest() == plan.digest


def test_a_plan_of_many_blocks(tmp_path: Path) -> None:
    """Rows are written some thousand at a time, and none is lost between two blocks."""
    plan = make_plan({f"C{number:05}": held_row() for number in range(10_001)})
    plan.save(tmp_path / "large.plan")

    assert Plan.load(tmp_path / "large.plan").digest == plan.digest


def test_altered_text(plan: Plan, tmp_path: Path) -> None:
    """One changed letter in a message makes the file no plan."""
    path = tmp_path / "winback.plan"
    plan.save(path)
    path.write_bytes(path.read_bytes().replace(b"Hello Mina", b"Hello Mona"))
    with pytest.raises(PlanAlteredError, match="its contents were altered") as caught:
        Plan.load(path)

    assert caught.value.path == str(path)
    assert str(caught.value).endswith("make the plan again and approve the new one")


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9, 0.999], ids=str)
def test_truncated_anywhere(plan: Plan, tmp_path: Path, keep: float) -> None:
    """A file that was cut short is refused, wherever the cut is."""
    path = tmp_path / "winback.plan"
    plan.save(path)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * keep)])
    with pytest.raises(PlanAlteredError, match=r"cut short|not a plan file|altered"):
        Plan.load(path)


def test_rows_missing_at_the_end(plan: Plan, tmp_path: Path) -> None:
    """A file that lost whole lines says how many are left."""
    path = tmp_path / "winback.plan"
    plan.save(path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]))
    with pytest.raises(PlanAlteredError, match="it holds 2 of 4 rows"):
        Plan.load(path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is not a plan file"),
        ("customer_id,amount\nC1,5\n", "it is not a plan file"),
        ("[1, 2]\n", "it is not a plan file"),
        ('{"name": "x"}\n', "it is not a plan file"),
        ('{"format": "crmlib.plan/2"}\n', r"its format is 'crmlib.plan/2'.*reads 'crmlib.plan/1'"),
        ('{"format": "crmlib.plan/1"}\n', "its header holds no digest"),
        ('{"format": "crmlib.plan/1", "digest": 5}\n', "its header holds no digest"),
        (
            json.dumps({"format": "crmlib.plan/1", "digest": "0" * 64}) + "\n",
            "does not say how many rows",
        ),
    ],
    ids=["empty", "csv", "array", "other json", "newer", "no digest", "odd digest", "no rows"],
)
def test_what_is_no_plan(tmp_path: Path, text: str, problem: str) -> None:
    """A file of another kind is refused with what it is instead."""
    path = tmp_path / "some.file"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PlanAlteredError, match=problem):
        Plan.load(path)


def test_binary_files_are_no_plans(tmp_path: Path) -> None:
    """Bytes that are no text are refused as well."""
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe")
    with pytest.raises(PlanAlteredError, match="it is not a plan file"):
        Plan.load(path)


def test_no_such_file(tmp_path: Path) -> None:
    """A missing file is told from an altered one."""
    with pytest.raises(UnreadableFileError, match="No such file"):
        Plan.load(tmp_path / "none.plan")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"decision": "maybe"}, "holds the decision 'maybe'"),
        ({"send_at": "tomorrow"}, "send_at holds what is no instant"),
        ({"subject": 7}, "holds mixed-integer in subject"),
    ],
    ids=["decision", "instant", "type"],
)
def test_well_sealed_nonsense(
    plan: Plan, tmp_path: Path, change: dict[str, object], problem: str
) -> None:
    """A digest that fits does not make a row that no plan can hold."""
    path = tmp_path / "forged.plan"
    plan.save(path)
    first, *rows = path.read_text(encoding="utf-8").splitlines()
    header = json.loads(first)
    del header["digest"]
    forged = json.dumps(json.loads(rows[0]) | change)
    path.write_text(seal(header, [forged, *rows[1:]]), encoding="utf-8")
    with pytest.raises(PlanAlteredError, match=problem):
        Plan.load(path)


def test_a_failed_save_leaves_the_old_plan(plan: Plan, tmp_path: Path) -> None:
    """A save that fails half way leaves the earlier file as it was, and no litter."""
    path = tmp_path / "winback.plan"
    plan.save(path)
    before = path.read_bytes()
    broken = make_plan({"C1": sent_row(message="half a \ud800 character")})
    with pytest.raises(InvalidTableError, match="lone surrogate"):
        broken.save(path)

    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["winback.plan"]


def test_a_full_disk_leaves_the_old_plan(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the disk is full the error says so, and the earlier file is as it was."""
    path = tmp_path / "winback.plan"
    plan.save(path)
    before = path.read_bytes()

    def refuse(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space left on device"):
        make_plan({"C1": sent_row()}).save(path)

    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["winback.plan"]


def test_only_the_owner_can_read_it(plan: Plan, tmp_path: Path) -> None:
    """A plan holds addresses, so others on the machine cannot open its file."""
    plan.save(tmp_path / "winback.plan")

    assert (tmp_path / "winback.plan").stat().st_mode & 0o777 == 0o600
