"""The page on delivery names ten promises, and for each the tests that prove it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "delivery.md").read_text(encoding="utf-8")
PROMISES = re.findall(r"(?m)^\| (\d+) \| .* \| (.*) \|$", PAGE)
NAMED = re.findall(r"`(test_\w+)::(test_\w+)`", PAGE)


def test_there_are_ten_promises_with_a_test_each() -> None:
    """Each of the ten rows names at least one test."""
    assert [number for number, _ in PROMISES] == [str(number) for number in range(1, 11)]
    assert all("::test_" in tests for _, tests in PROMISES)


def test_the_tests_that_the_page_names_exist() -> None:
    """Every test that the page names is a function of the file that it names."""
    found = {
        (path.stem, node.name)
        for path in HERE.glob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }

    assert set(NAMED) - found == set()
