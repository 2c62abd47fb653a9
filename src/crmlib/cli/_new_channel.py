"""``crmlib new-channel``: a package to start a channel of one's own from."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Annotated, Final

import typer

from crmlib.addresses import NORMALIZERS
from crmlib.channels import list_channels
from crmlib.cli._output import say
from crmlib.exceptions import InvalidParameterError

_FILES: Final = {
    "pyproject.toml.txt": "pyproject.toml",
    "README.md.txt": "README.md",
    "init.py.txt": "src/{module}/__init__.py",
    "channel.py.txt": "src/{module}/_channel.py",
    "gateway.py.txt": "tests/gateway.py",
    "test_channel.py.txt": "tests/test_channel.py",
}


def new_channel(
    name: Annotated[str, typer.Argument(help="What users will type: small letters, digits, -.")],
    folder: Annotated[
        Path | None, typer.Option(help="Where to write (default: crmlib-NAME).")
    ] = None,
    medium: Annotated[str, typer.Option(help="What the law sees: sms, email, push, …")] = "sms",
    address: Annotated[
        str, typer.Option(help="The column of the profiles that holds the address.")
    ] = "phone",
) -> None:
    """Write a package with a working channel and its tests, to be changed to your provider."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise InvalidParameterError("NAME", name, "small letters, digits and - in between")
    taken = {channel.name: channel.package for channel in list_channels()}
    if name in taken:
        raise InvalidParameterError("NAME", name, f"another one: {taken[name]} has this channel")
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", medium):
        raise InvalidParameterError("--medium", medium, "small letters, such as sms")
    if address not in NORMALIZERS:
        raise InvalidParameterError("--address", address, f"one of {sorted(NORMALIZERS)}")
    target = folder or Path(f"crmlib-{name}")
    if target.exists():
        raise InvalidParameterError("--folder", str(target), "a folder that is not there yet")
    written = _write(name, target, medium, address)
    for path in written:
        say(f"Written:     {path}")
    place = target if target.is_absolute() else f"./{target}"  # a bare name is asked of a registry
    say(f"Try it:      pip install {place}, then crmlib channels")
    say(f"Run tests:   python -m unittest discover {target / 'tests'}")


def _write(name: str, target: Path, medium: str, address: str) -> list[Path]:
    module = f"crmlib_{name.replace('-', '_')}"
    words = {
        "name": name,
        "package": f"crmlib-{name}",
        "module": module,
        "class_name": "".join(part.capitalize() for part in name.split("-")) + "Channel",
        "variable": f"CRMLIB_{name.upper().replace('-', '_')}",
        "medium": medium,
        "address_field": address,
    }
    data = files("crmlib.cli") / "data" / "new_channel"
    written = []
    for source, place in _FILES.items():
        path = target / place.format(module=module)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = (data / source).read_text(encoding="utf-8")
        path.write_text(Template(text).substitute(words), encoding="utf-8")
        written.append(path)
    marker = target / "src" / module / "py.typed"
    marker.touch()
    return [*written, marker]
