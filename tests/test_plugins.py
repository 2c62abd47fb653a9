"""Classes of other packages by name: all of a kind at once."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from crmlib import plugins
from crmlib.channels import FileChannel
from crmlib.exceptions import DuplicatePluginError, PluginLoadError, UnknownNameError
from crmlib.interfaces import Channel
from crmlib.plugins import list_plugins, load_plugin, load_plugins


def entry(name: str, target: str, package: str | None) -> Any:
    """Give an entry point as a package registers it."""
    made = EntryPoint(name=name, value=target, group="crmlib.channels")
    if package is None:
        return made
    dist = SimpleNamespace(name=package, version="2.5")
    return SimpleNamespace(name=name, value=target, dist=dist, load=made.load)


ENTRIES = [
    entry("memory", "crmlib.channels:FileChannel", "mixed-up"),
    entry("file", "crmlib.channels:FileChannel", "crmlib"),
    entry("twice", "crmlib.channels:FileChannel", "one"),
    entry("twice", "crmlib.channels:FileChannel", "other"),
    entry("gone", "no_such_module:Gone", None),
]


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the entry points above, and no others."""

    def find(group: str, name: str | None = None) -> list[Any]:
        assert group == "crmlib.channels"
        return [one for one in ENTRIES if name in {None, one.name}]

    monkeypatch.setattr(plugins, "entry_points", find)


def test_all_of_a_kind_are_loaded_with_the_errors_of_the_others() -> None:
    """By name, sorted; a name that cannot be loaded keeps its error in its place."""
    loaded = load_plugins("channel", Channel)

    assert list(loaded) == ["file", "gone", "memory", "twice"]
    assert loaded["file"] is FileChannel
    assert isinstance(loaded["gone"], PluginLoadError)
    assert isinstance(loaded["gone"].__cause__, ModuleNotFoundError)
    assert "calls itself 'file'" in str(loaded["memory"])
    assert isinstance(loaded["twice"], DuplicatePluginError)
    assert loaded["twice"].packages == ["one", "other"]


def test_one_is_loaded_like_all() -> None:
    """Asked for one by one they are what they are in all of them."""
    assert load_plugin("channel", "file", Channel) is FileChannel
    for name, error in (
        ("gone", PluginLoadError),
        ("memory", PluginLoadError),
        ("twice", DuplicatePluginError),
        ("fil", UnknownNameError),
    ):
        with pytest.raises(error):
            load_plugin("channel", name, Channel)


def test_entry_points_are_looked_up_once() -> None:
    """Finding them reads the metadata of all packages, which takes longer than a small file."""
    with mock.patch.object(plugins, "entry_points", wraps=plugins.entry_points) as looked_up:
        load_plugins("channel", Channel)

    assert looked_up.call_count == 1


def test_what_is_registered_is_listed_by_name_and_package() -> None:
    """Metadata that names no package is shown with question marks."""
    assert [(info.name, info.package, info.version) for info in list_plugins("channel")] == [
        ("file", "crmlib", "2.5"),
        ("gone", "?", "?"),
        ("memory", "mixed-up", "2.5"),
        ("twice", "one", "2.5"),
        ("twice", "other", "2.5"),
    ]
