"""What the parameters of a campaign can be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from crmlib.exceptions import InvalidParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    import attrs

_NAME: Final = re.compile(r"\w[\w .\-]{0,99}")
A_NAME: Final = "up to 100 letters, digits, spaces, '.', '_' and '-'"
MOST_HELD_OUT: Final = 0.9


def must(test: Callable[[Any], bool], expected: str) -> Callable[[Any, Any, Any], None]:
    """Give a validator of attrs: the value must pass *test*."""

    def check(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        if not test(value):
            raise InvalidParameterError(attribute.name, value, expected)

    return check


def must_be(kind: type) -> Callable[[Any, Any, Any], None]:
    """Give a validator of attrs: the value must be a *kind*."""
    return must(lambda value: isinstance(value, kind), f"a {kind.__name__}")


def is_name(value: Any) -> bool:
    """Say whether *value* can name a campaign, and so a file."""
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def is_share(value: Any) -> bool:
    """Say whether *value* can be the share of a hold-out."""
    return isinstance(value, int | float) and 0 <= value <= MOST_HELD_OUT


def to_topic(value: Any) -> Any:
    """Give a text as the column ``topic`` of the consents spells it, anything else as it is."""
    return value.strip().lower() if isinstance(value, str) else value


def to_tuple(value: Any) -> Any:
    """Give a list as a tuple, and anything else as it is."""
    is_list = isinstance(value, Iterable) and not isinstance(value, str)
    return tuple(value) if is_list else value


def are_names(value: Any) -> bool:
    """Say whether *value* is a tuple of one name or more, each once."""
    return (
        isinstance(value, tuple)
        and len(value) > 0
        and all(isinstance(name, str) for name in value)
        and len(set(value)) == len(value)
    )
