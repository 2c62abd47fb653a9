"""What providers prove with that a report is theirs."""

from __future__ import annotations

import attrs

from crmlib.channels import Secret
from crmlib.exceptions import InvalidParameterError
from crmlib.safe_text import is_line


def _optional(text: str | Secret | None) -> Secret | None:
    return None if text is None else Secret(text)


@attrs.frozen(kw_only=True)
class ReportSecrets:
    """What providers prove with that a report is theirs; there is a page for each that is given.

    Parameters
    ----------
    solapi : str or Secret, optional
        The secret that was entered with the webhook at Solapi.
    nhncloud : str or Secret, optional
        The signature that was entered with the webhook at NHN Cloud.
    twilio : str or Secret, optional
        The auth token of the account.
    twilio_url : str, optional
        The address that Twilio calls, without a query: it signs that one, and
        behind a proxy no server can know it by itself.

    Raises
    ------
    InvalidParameterError
        If a secret cannot be one, or *twilio* and *twilio_url* are not given
        both or neither.

    Examples
    --------
    >>> ReportSecrets(solapi="s3cret")
    ReportSecrets(solapi=Secret(…), nhncloud=None, twilio=None, twilio_url=None)
    """

    solapi: Secret | None = attrs.field(default=None, converter=_optional)
    nhncloud: Secret | None = attrs.field(default=None, converter=_optional)
    twilio: Secret | None = attrs.field(default=None, converter=_optional)
    twilio_url: str | None = None

    def __attrs_post_init__(self) -> None:
        url = self.twilio_url
        if (self.twilio is None) != (url is None):
            raise InvalidParameterError("twilio_url", url, "given if twilio is, and else not")
        if url is not None and (
            not url.startswith(("https://", "http://")) or "?" in url or not is_line(url)
        ):
            expected = "the address that Twilio calls, without a query: https://…/reports/twilio"
            raise InvalidParameterError("twilio_url", url, expected)
