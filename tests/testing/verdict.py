"""What the tests of the four kits share."""

from collections.abc import Iterable

from crmlib.exceptions import ConformanceError
from crmlib.testing import Check


def broken_promises(checks: Iterable[Check]) -> list[str]:
    """Run *checks* and give the names of those that find fault."""
    names = []
    for check in checks:
        try:
            check()
        except ConformanceError:
            names.append(str(check))
    return names
