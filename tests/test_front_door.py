"""``import crmlib`` is quick, and opens every room from one door."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import crmlib

HEAVY = ("duckdb", "matplotlib", "numpy", "pandas", "scipy", "sklearn", "sqlalchemy")
LIGHT_DOORS = {
    "import crmlib": HEAVY,
    "import crmlib.channels": HEAVY,
    "import crmlib.messages": HEAVY,
    "import crmlib.addresses": HEAVY,
    "from crmlib.interfaces import Channel": HEAVY,
    "from crmlib import Channel, Message, DeliveryReceipt, Capabilities, Outcome": HEAVY,
    "from crmlib.testing import channel_checks": HEAVY,
    "from crmlib.channels import load_channel; load_channel('smtp')": HEAVY,
}


@pytest.mark.parametrize(("statement", "heavy"), LIGHT_DOORS.items(), ids=LIGHT_DOORS)
def test_a_light_door_loads_nothing_heavy(statement: str, heavy: tuple[str, ...]) -> None:
    """Neither the front door nor what an adapter author needs loads a data library."""
    program = f"{statement}; import sys; print(sorted(set({heavy!r}) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert (done.stdout.strip(), done.stderr) == ("[]", "")


@pytest.mark.parametrize("name", crmlib.__all__)
def test_a_name_of_the_front_door_opens_and_is_explained(name: str) -> None:
    """Every name of crmlib.__all__ is there and has a docstring."""
    member = getattr(crmlib, name)

    assert inspect.getdoc(member)
    assert name in dir(crmlib)


def test_the_stub_names_what_it_imports() -> None:
    """__init__.pyi imports exactly the names of its __all__, each under its own name."""
    stub = Path(crmlib.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    imported = [
        alias
        for statement in ast.parse(stub).body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    ]

    assert all(alias.asname == alias.name for alias in imported)
    assert sorted(alias.name for alias in imported) == sorted(crmlib.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """Asking for what is not there fails as in any module."""
    with pytest.raises(AttributeError, match="no_such_name"):
        crmlib.no_such_name  # noqa: B018 -- the look-up is what is tried
