"""Where the workers of a verification work."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Site:
    """Where a worker works: the fields are those of the first JSON object.

    ``server`` is the URL of a database, ``port`` that of the sink, and each
    run has a name that begins with ``name``.
    """

    folder: str
    name: str
    port: int
    server: str | None
