"""Settings whose value stands in the environment, not in the file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from crmlib.sections import Section

_ENV: Final = "env:"


def resolve_setting(section: Section, key: str, value: Any) -> Any:
    """Give *value*, the setting *key*; ``"env:NAME"`` is replaced by that variable.

    Raises
    ------
    ConfigError
        If the variable is not set; the text tells its name and no value.
    """
    if not isinstance(value, str) or not value.startswith(_ENV):
        return value
    variable = value.removeprefix(_ENV)
    if variable not in os.environ:
        raise section.error(
            key,
            f"is read from the environment variable {variable!r}, which is not set",
            f"set it: export {variable}=…",
        )
    return os.environ[variable]
