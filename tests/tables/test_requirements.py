"""What every room asks of what it is given."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest

from crmlib.exceptions import InvalidParameterError, MissingColumnsError
from crmlib.tables import check_aware, check_columns


def test_missing_columns_are_named() -> None:
    """The error keeps what is missing, what there is, and the way out."""
    with pytest.raises(MissingColumnsError, match="call f") as caught:
        check_columns("customers", pd.DataFrame({"a": [1]}), ["a", "b"], "call f")

    assert caught.value.missing == ["b"]
    assert caught.value.available == ["a"]


@pytest.mark.parametrize(
    "moment",
    [datetime(2026, 1, 1), date(2026, 1, 1), "2026-01-01", None, pd.NaT],  # noqa: DTZ001 -- naive
    ids=str,
)
def test_a_moment_without_a_zone_is_refused(moment: object) -> None:
    """Only an aware datetime is an instant."""
    with pytest.raises(InvalidParameterError, match="now must be an aware datetime"):
        check_aware("now", moment)


def test_an_aware_moment_comes_back() -> None:
    """An aware datetime is given back as it is."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)

    assert check_aware("now", moment) is moment
