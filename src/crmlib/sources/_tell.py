"""Warnings that point at the line which asked for orders."""

from __future__ import annotations

import inspect
import warnings

from crmlib.exceptions import CRMLibWarning, DataQualityWarning

_ROOM = "crmlib.sources"


def tell(text: str, category: type[CRMLibWarning] = DataQualityWarning) -> None:
    """Warn whoever called into this room, from however deep in it."""
    frame = inspect.currentframe()
    depth = 0
    while frame is not None and frame.f_globals.get("__name__", "").startswith(_ROOM):
        frame, depth = frame.f_back, depth + 1
    warnings.warn(text, category, stacklevel=depth + 1)
