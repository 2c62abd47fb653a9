"""The command line, for people who do not write Python."""

import sys


def main() -> None:
    """Run the command line; Ctrl-C while it is still being loaded ends it without a traceback."""
    try:
        from crmlib.cli._main import main as run  # noqa: PLC0415 -- it takes a second
    except KeyboardInterrupt:
        sys.exit("Aborted.")
    run()


__all__ = ["main"]
