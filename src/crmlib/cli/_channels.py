"""``crmlib channels``: which channels are installed."""

from __future__ import annotations

import pandas as pd

from crmlib.channels import list_channels
from crmlib.cli._output import AsJson, print_json, records, show_table


def channels(as_json: AsJson = False) -> None:
    """List the channels that are installed, and the package each comes from."""
    frame = pd.DataFrame(
        [(c.name, c.package, c.version) for c in list_channels()],
        columns=["name", "package", "version"],
    )
    if as_json:
        print_json(records(frame))
    else:
        show_table(frame)
