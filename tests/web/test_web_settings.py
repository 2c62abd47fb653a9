"""What ``crmlib serve`` is told, and the server that it starts."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import httpx2
import pytest
from web_shop import KEYS, running

from crmlib.exceptions import ConfigError, MissingExtraError
from crmlib.web import load_settings, make_server

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.delivery import Ledger

FULL = """
[web]
ledger = "crm.db"
opt_out_keys = "keys.json"
media = ["email", "push"]
host = "0.0.0.0"
port = 8443
trusted_proxies = ["10.0.0.1"]
prefix = "/crm/"

[brand]
name = "달빛 상점"
email = "help@example.com"
postal_address = "서울시 중구 1"
phone = "02-000-0000"
privacy_url = "https://shop.example/privacy"
language = "en"

[rates]
refused = "5/minute"
"""
LEAST = '[web]\nopt_out_keys = "keys.json"\n[brand]\nname = "Shop"\nemail = "a@example.com"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Say where a file of settings lies, beside the keys that it names."""
    KEYS.save(tmp_path / "keys.json")
    return tmp_path / "web.toml"


def test_every_key_is_read(file: Path) -> None:
    """Paths are relative to the file, and a prefix has no slash at its end."""
    file.write_text(FULL, encoding="utf-8")
    told = load_settings(file)

    assert told.ledger == f"sqlite:///{file.parent}/crm.db"
    assert told.opt_out_keys == KEYS
    assert (told.host, told.port, told.prefix) == ("0.0.0.0", 8443, "/crm")
    assert told.media == ("email", "push")
    assert told.trusted_proxies == ("10.0.0.1",)
    assert (told.brand.name, told.brand.language) == ("달빛 상점", "en")
    assert told.rates == {"refused": "5/minute"}


def test_little_needs_to_be_said(file: Path) -> None:
    """Keys and brand; it listens on loopback, and trusts no proxy."""
    file.write_text(LEAST)
    told = load_settings(file)

    assert (told.host, told.port, told.trusted_proxies) == ("127.0.0.1", 8080, ())


@pytest.mark.parametrize(
    ("old", "new", "key", "text"),
    [
        ("keys.json", "none.json", "web.opt_out_keys", "cannot be read .*crmlib web keys"),
        ("keys.json", "web.toml", "web.opt_out_keys", "no ring of opt-out keys"),
        ("[brand]", "port = 0\n[brand]", "web.port", "is 0; it must be from 1 to 65535"),
        ("[brand]", 'media = ["fax"]\n[brand]', "web.media", "'fax'"),
        ("[brand]", "prot = 1\n[brand]", "web.prot", "did you mean 'port'"),
        ('"a@example.com"', '""', "brand.email", "is ''; it must be one line"),
        ('"a@example.com"', '"a@b.cd"\nlanguage = "fr"', "brand.language", "one of"),
        ('"a@example.com"', '"a@b.cd"\n[rates]\nrefused = "often"', "rates.refused", "20/minute"),
        ('"a@example.com"', '"a@b.cd"\n[rates]\nnone = "1/hour"', "rates.none", "there are"),
    ],
    ids=["no-keys", "other", "port", "medium", "unknown", "email", "language", "rate", "rates"],
)
def test_what_cannot_be_is_told_by_key(
    file: Path, old: str, new: str, key: str, text: str
) -> None:
    """The error names the key, what is wrong and what would do."""
    file.write_text(LEAST.replace(old, new))

    with pytest.raises(ConfigError, match=text) as caught:
        load_settings(file)
    assert caught.value.key == key


def test_without_the_extra_the_error_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages are an extra, and nothing else of crmlib needs what they need."""
    for name in [name for name in sys.modules if name.startswith("crmlib.web")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)

    with pytest.raises(MissingExtraError, match=r"crmlib\[web\]"):
        importlib.import_module("crmlib.web")


def test_only_a_trusted_proxy_says_who_asks(
    file: Path, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    """Behind it each client has a rate of its own; else X-Forwarded-For is nothing."""
    statuses = {}
    for trusted in ("[]", '["127.0.0.1"]'):
        file.write_text(
            LEAST.replace("[brand]", f'prefix = "/crm"\ntrusted_proxies = {trusted}\n[brand]')
            + '[rates]\nrefused = "1/hour"\n'
        )
        server = make_server(load_settings(file), ledger)
        with running(server) as address:
            statuses[trusted] = [
                httpx2.get(f"{address}/o/x", headers={"X-Forwarded-For": f"192.0.2.{n}"})
                for n in (1, 1, 2)
            ]

    codes = {name: [each.status_code for each in found] for name, found in statuses.items()}
    assert codes == {"[]": [404, 429, 429], '["127.0.0.1"]': [404, 429, 404]}
    page = statuses["[]"][0]
    assert 'href="/crm/style.css"' in page.text
    assert "server" not in page.headers
    assert "/o/x" not in caplog.text
