"""The example packages, as if they were installed: importable, with their metadata."""

import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

FAX = Path(__file__).parent / "crmlib_fax"
spec = find_spec("crmlib_fax")
if spec is None or spec.origin is None:  # no origin: only the folder above was found
    sys.path.append(str(FAX / "src"))


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Register the entry points of the package's own pyproject.toml, as an installer does."""
    project = tomllib.loads((FAX / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    metadata = tmp_path / "site" / f"crmlib_fax-{project['version']}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.4\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    groups = project["entry-points"].items()
    lines = [f"[{group}]\n{name} = {at}" for group, names in groups for name, at in names.items()]
    (metadata / "entry_points.txt").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(metadata.parent)
