"""A package that ``crmlib new-channel`` writes works as it is written."""

import json
import os
import site
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from crmlib import __file__ as where

Run = Callable[..., Any]

CAMPAIGN = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import crmlib as crm

sys.path.insert(0, sys.argv[1])
from gateway import API_KEY, Gateway
import os

now = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
customers = pd.DataFrame(
    {"recency_days": [200, 210],
     "last_purchase_at": pd.to_datetime(["2026-04-14", "2026-04-04"], utc=True)},
    index=pd.Index(["C1", "C2"], name="customer_id"),
)
profiles = pd.DataFrame({
    "customer_id": ["C1", "C2"], "name": ["Ann", "Mina"],
    "phone": ["+821012345678", "+821012345679"], "timezone": ["Asia/Seoul"] * 2,
})
consents = pd.DataFrame({
    "customer_id": ["C1", "C2"], "channel": ["sms"] * 2, "purpose": ["advertising"] * 2,
    "granted": [True, True], "at": ["2026-01-05T00:00Z"] * 2,
})
segmenter = crm.RuleSegmenter([crm.Rule("Away", [("recency_days", ">=", 90)])]).fit(customers)
campaign = crm.Campaign(
    name="winback", segmenter=segmenter,
    planner=crm.TemplatePlanner({"default": crm.Template(body="Come back, {name}!")}),
    timing=crm.FixedTiming(hour=10), channels=["fax"], policy=crm.policies.load("KR"), holdout=0,
    sender=crm.Sender(name="Shop", email="shop@example.com", opt_out_phone="0801234567"),
)
plan = campaign.plan(customers, profiles=profiles, consents=consents, now=now)
with Gateway() as gateway, crm.Ledger("sqlite:///crm.db") as ledger:
    os.environ |= {"CRMLIB_FAX_API_KEY": API_KEY, "CRMLIB_FAX_BASE_URL": gateway.url}
    summary = crm.deliver(
        plan, ledger, approved=plan.digest, clock=lambda: now + timedelta(days=1, hours=9)
    )
    print(summary.counts["accepted"], sorted(row["text"][4:15] for row in gateway.taken))
"""


def run(*command: object, folder: Path) -> str:
    """Run *command* without a network and without what the environment says of Python."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=kept | {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def clean_environment(folder: Path) -> Path:
    """Make an environment that holds crmlib and what it needs, and give its Python."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    places = [Path(where).parent.parent, *map(Path, site.getsitepackages())]
    (packages,) = folder.glob("[Ll]ib/**/site-packages")
    (packages / "beside.pth").write_text("\n".join(map(str, places)), encoding="utf-8")
    return python


def test_a_new_channel_is_built_installed_listed_tested_and_used(
    crmlib: Run, tmp_path: Path
) -> None:
    """As it is generated it installs, passes its tests, and carries a campaign."""
    made = crmlib("new-channel", "fax", "--folder", tmp_path / "fax")
    python = clean_environment(tmp_path / "clean")
    pip = (sys.executable, "-m", "pip")
    wheels = ("--wheel-dir", tmp_path / "wheels", tmp_path / "fax")
    run(*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", *wheels, folder=tmp_path)
    (wheel,) = (tmp_path / "wheels").glob("crmlib_fax-0.1.0-*.whl")
    run(*pip, "--python", python, "install", "--quiet", "--no-deps", wheel, folder=tmp_path)
    strict = (python, "-W", "error")
    script = "from crmlib.cli import main; main()"
    listed = json.loads(run(python, "-c", script, "channels", "--json", folder=tmp_path))
    tested = run(*strict, "-m", "unittest", "discover", "fax/tests", folder=tmp_path)
    carried = run(*strict, "-c", dedent(CAMPAIGN), tmp_path / "fax" / "tests", folder=tmp_path)
    (row,) = [each for each in listed if each["name"] == "fax"]

    assert made.code == 0
    assert (row["package"], row["version"], row["medium"]) == ("crmlib-fax", "0.1.0", "sms")
    assert "OK" in tested
    assert carried.startswith("2 ")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("Fax",), "NAME must be small letters"),
        (("smtp",), "NAME must be another one: crmlib has this channel"),
        (("fax", "--medium", "Fax!"), "--medium must be small letters"),
        (("fax", "--address", "fax"), "--address must be one of"),
        (("fax", "--folder", "."), "--folder must be a folder that is not there yet"),
    ],
    ids=["capital", "taken", "medium", "address", "folder"],
)
def test_what_cannot_be_is_refused(
    crmlib: Run, arguments: tuple[str, ...], problem: str, tmp_path: Path
) -> None:
    """Nothing is written where a name is taken or impossible, or a folder is there."""
    answer = crmlib("new-channel", *arguments)

    assert answer.code == 3
    assert problem in answer.err
    assert list(tmp_path.glob("crmlib*")) == []


def test_the_folder_is_named_after_the_channel(crmlib: Run, tmp_path: Path) -> None:
    """Without a folder the package lies in one of its own, and a hyphen becomes a name."""
    answer = crmlib("new-channel", "carrier-pigeon", "--medium", "email", "--address", "email")
    code = (tmp_path / "crmlib-carrier-pigeon/src/crmlib_carrier_pigeon/_channel.py").read_text()

    assert answer.code == 0
    assert "class CarrierPigeonChannel(Channel):" in code
    assert 'Capabilities(medium="email", address_field="email"' in code


def test_pip_is_pointed_at_the_folder(
    crmlib: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bare name would be asked of a registry, where others may have put something."""
    monkeypatch.chdir(tmp_path)
    beside = crmlib("new-channel", "telex")
    elsewhere = crmlib("new-channel", "fax", "--folder", tmp_path / "fax")

    assert "pip install ./crmlib-telex, then" in beside.out
    assert f"pip install {tmp_path / 'fax'}, then" in elsewhere.out
