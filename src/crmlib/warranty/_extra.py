"""Modules that the extra ``warranty`` brings."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from crmlib.exceptions import MissingExtraError


def load(module: str) -> Any:
    """Give *module* of an extra; say which extra, where it is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise MissingExtraError("the digital warranty", "warranty") from error
