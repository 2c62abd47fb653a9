"""What was read of reports, and what was not used."""

from __future__ import annotations

import attrs

from crmlib.channels._delivery_report import DeliveryReport  # noqa: TC001 -- attrs
from crmlib.channels._set_aside_report import SetAsideReport  # noqa: TC001 -- attrs


@attrs.frozen(kw_only=True)
class ReportBatch:
    """The reports that came at once: in one request, or in one e-mail.

    Parameters
    ----------
    reports : tuple of DeliveryReport
        What can be recorded.
    set_aside : tuple of SetAsideReport
        What cannot, and why.
    """

    reports: tuple[DeliveryReport, ...] = ()
    set_aside: tuple[SetAsideReport, ...] = ()
