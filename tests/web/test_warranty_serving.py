"""``crmlib serve`` with the pages of warranties: its settings, and a real server."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
from warranty_shop import RING, open_registry
from web_shop import KEYS, NOW, running

from crmlib.exceptions import ConfigError
from crmlib.warranty import DigitalLink, Piece
from crmlib.web import create_app, load_settings, make_server

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.delivery import Ledger

SETTINGS = """
[web]
opt_out_keys = "keys.json"

[brand]
name = "달빛 상점"
email = "help@example.com"

[warranty]
registry = "w.db"
products = "products.csv"
codes = ["file"]
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the settings of a brand, and what they name."""
    KEYS.save(tmp_path / "keys.json")
    RING.save(tmp_path / "warranty-keys.json")
    (tmp_path / "products.csv").write_text("gtin,name\n9506000134352,Oak chair\n")
    monkeypatch.setenv("CRMLIB_FILE_PATH", str(tmp_path / "codes.jsonl"))
    path = tmp_path / "web.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    return path


def test_a_server_shows_certificates(settings: Path, ledger: Ledger, tmp_path: Path) -> None:
    """What the file names is opened, and a real server leads a QR code to its certificate."""
    told = load_settings(settings)
    with open_registry(f"sqlite:///{tmp_path}/w.db") as book:
        piece = Piece(
            gtin="9506000134352",
            serial="A/1",
            valid_from=NOW,
            expires_at=NOW.replace(year=2027),
        )
        link = book.link(book.issue(piece, at=NOW).warranty_id)
    with told.warranty.open(told.brand) as desk:
        assert make_server(told, ledger, desk).config.app is not None
        app = create_app(ledger, brand=told.brand, opt_out_keys=told.opt_out_keys, warranty=desk)
        with running(app) as address, urlopen(str(link).replace(link.domain, address)) as page:
            text = page.read().decode()
            assert page.url == f"{address}/w/{link.token}"

    assert "Oak chair" in text
    assert DigitalLink.parse(str(link)).serial in text


def test_without_the_table_there_are_none(settings: Path) -> None:
    """A file without [warranty] asks for no registry."""
    settings.write_text(SETTINGS.partition("[warranty]")[0], encoding="utf-8")

    assert load_settings(settings).warranty is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param('keys = "none.json"', "which cannot be read", id="keys"),
        pytest.param('phone_media = ["fax"]', "fax", id="medium"),
        pytest.param('products = "none.csv"', "none.csv", id="products"),
        pytest.param("colour = 1", "no key that is known", id="unknown key"),
    ],
)
def test_mistakes_are_named(settings: Path, line: str, words: str) -> None:
    """The error names the key and says what is wrong with it."""
    text = SETTINGS.replace('products = "products.csv"\n', "") + line + "\n"
    settings.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError, match=words) as caught:
        load_settings(settings)
    assert f"warranty.{line.partition(' ')[0]}" in str(caught.value)


def test_a_registry_on_a_server_keeps_its_address(settings: Path) -> None:
    """An address with a scheme is taken as it is; products need not be named."""
    text = SETTINGS.replace('"w.db"', '"postgresql://x/y"').replace(
        'products = "products.csv"\n', ""
    )
    settings.write_text(text, encoding="utf-8")

    assert load_settings(settings).warranty.registry == "postgresql://x/y"
    assert load_settings(settings).warranty.products == {}
