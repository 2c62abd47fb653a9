"""What README and documentation show is run, and does what it says."""

from pathlib import Path
from unittest import SkipTest

import pytest
from sybil import Sybil
from sybil.example import Example
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
WITH_EXAMPLES = {
    "README.md",
    "choosing.md",
    "channels.md",
    "extending.md",
    "interests.md",
    "law.md",
    "messages.md",
    "rules.md",
    "segments.md",
    "timing.md",
    "tutorial.md",
    "warranty.md",
}
READER = Sybil(parsers=[PythonCodeBlockParser(), SkipParser()])


def run_examples(page: Path) -> list[Example]:
    """Run the Python examples of *page* in order, in one namespace; give those that ran."""
    ran = []
    for example in READER.parse(page).examples():
        try:
            example.evaluate()
        except SkipTest:  # by <!--- skip: next "reason" --->
            continue
        if isinstance(example.parsed, str):
            ran.append(example)
    return ran


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_of_a_page_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every ```python block of a page runs, in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)

    ran = run_examples(page)

    assert ran or page.name not in WITH_EXAMPLES


def test_pages_with_examples_are_there() -> None:
    """The pages with examples exist, so that these are run."""
    assert {page.name for page in PAGES} >= WITH_EXAMPLES


def test_a_wrong_example_is_found(tmp_path: Path) -> None:
    """The runner fails for a page whose example does, and skips what the page says to skip."""
    page = tmp_path / "page.md"
    skipped = '<!--- skip: next "no server here" --->\n```python\n1 / 0\n```\n'
    page.write_text(f"```python\nx = 1\n```\n{skipped}```python\nassert x == 1\n```\n")

    assert len(run_examples(page)) == 2
    page.write_text("```python\nassert 1 == 2\n```\n")
    with pytest.raises(AssertionError):
        run_examples(page)
