"""The house stands as it was drawn: rooms, import direction, names, sizes."""

import importlib.util
import inspect
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "src" / "crmlib"
FILES = sorted(HOUSE.rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = PROJECT["tool"]["importlinter"]["contracts"]
LAYERS = next(contract for contract in CONTRACTS if contract["type"] == "layers")
DECLARED = {
    room.strip() for floor in LAYERS["layers"] for room in floor.replace("|", ":").split(":")
} | set(LAYERS["exhaustive_ignores"])
THERE = {
    entry.stem
    for entry in HOUSE.iterdir()
    if entry.suffix == ".py" or (entry / "__init__.py").exists()
} - {"__init__"}
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}


def public(room: ModuleType) -> list[str]:
    """Give the names that *room* offers."""
    return list(room.__all__)


def test_imports_point_down() -> None:
    """import-linter finds every contract of pyproject.toml kept."""
    check = "from importlinter.cli import lint_imports as lint; print(lint(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.endswith("\n0\n"), done.stdout
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in done.stdout


def test_every_room_is_declared() -> None:
    """The layers name every room and file at the top of the house, and none that is not there."""
    assert DECLARED == THERE


def test_contracts_name_modules_that_exist() -> None:
    """Each contract of one module against another speaks of modules that can be imported."""
    named = {
        module
        for contract in CONTRACTS
        for key in ("source_modules", "forbidden_modules")
        for module in contract.get(key, [])
    }

    assert named
    for module in named:
        assert importlib.util.find_spec(module) is not None, module


def test_nothing_but_the_front_door_is_outside_the_contract_on_the_kit() -> None:
    """Every room is forbidden to import the conformance kit, so no new one is forgotten."""
    (contract,) = [
        contract
        for contract in CONTRACTS
        if contract.get("forbidden_modules") == ["crmlib.testing"]
    ]

    assert set(contract["source_modules"]) == {f"crmlib.{room}" for room in THERE - {"testing"}}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_a_file_has_a_name_that_says_something_and_fits_in_the_head(path: Path) -> None:
    """No file is called utils or the like, and none has 400 lines."""
    n_lines = len(path.read_text(encoding="utf-8").splitlines())

    assert path.stem.strip("_") not in SAYS_NOTHING
    assert path.parent.name not in SAYS_NOTHING
    assert n_lines < 400


@pytest.mark.parametrize("room", sorted(THERE))
def test_a_room_offers_what_it_says_and_explains_it(room: str) -> None:
    """Each name of a room's __all__ stands there once, can be imported and has a docstring."""
    module = importlib.import_module(f"crmlib.{room}")

    assert inspect.getdoc(module)
    if (HOUSE / f"{room}.py").exists():
        return
    assert len(set(public(module))) == len(public(module))
    for name in public(module):
        member = getattr(module, name)
        assert explained(member), f"crmlib.{room}.{name} has no docstring"


def explained(member: object) -> bool:
    """Tell whether *member* has words of its own; constants are explained where they stand."""
    if inspect.isclass(member) or inspect.isfunction(member) or inspect.ismodule(member):
        return bool(member.__doc__ and member.__doc__.strip())
    return True


@pytest.mark.parametrize("room", sorted(THERE))
def test_a_room_offers_nothing_that_it_does_not_name(room: str) -> None:
    """A public class or function that a room holds is in its __all__."""
    module = importlib.import_module(f"crmlib.{room}")
    if (HOUSE / f"{room}.py").exists():
        return
    held = {
        name
        for name, member in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(member) or inspect.isfunction(member))
        and member.__module__.startswith("crmlib.")
    }

    assert held <= set(public(module))


def test_no_two_files_of_tests_have_one_name() -> None:
    """Pytest takes files of tests for modules of one package, and would leave out the second."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]

    assert sorted(names) == sorted(set(names))
