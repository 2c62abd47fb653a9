"""The example packages, as if they were installed: importable, with their metadata."""

import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

PACKAGES = [
    Path(__file__).parent / name for name in ("crmlib_fax", "crmlib_kiosk", "crmlib_loyalty")
]
for package in PACKAGES:
    spec = find_spec(package.name)
    if spec is None or spec.origin is None:  # no origin: only the folder above was found
        sys.path.append(str(package / "src"))


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Register the entry points of each package's own pyproject.toml, as an installer does."""
    for package in PACKAGES:
        project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))[
            "project"
        ]
        metadata = tmp_path / "site" / f"{package.name}-{project['version']}.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "METADATA").write_text(
            f"Metadata-Version: 2.4\nName: {project['name']}\nVersion: {project['version']}\n"
        )
        groups = project.get("entry-points", {}).items()
        lines = [
            f"[{group}]\n{name} = {at}" for group, names in groups for name, at in names.items()
        ]
        (metadata / "entry_points.txt").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(tmp_path / "site")
