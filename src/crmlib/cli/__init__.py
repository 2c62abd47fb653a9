"""The command line, for people who do not write Python."""

from crmlib.cli._main import main

__all__ = ["main"]
