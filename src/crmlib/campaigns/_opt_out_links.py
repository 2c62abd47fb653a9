"""Where the recipients of a campaign opt out: a link for each message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from crmlib.exceptions import InvalidParameterError
from crmlib.opt_out_links import TOKEN_LENGTH, OptOutKeys

if TYPE_CHECKING:
    from crmlib.messages import Sender

KEY_FIELD: Final = "{message_key}"
TOKEN_FIELD: Final = "{opt_out_token}"  # noqa: S105 -- it stands for one
_LONGEST_FIELD: Final = "0" * TOKEN_LENGTH


def fill_longest(url: str) -> str | None:
    """Give *url* with the longest that its one field can hold; None if it has not one field."""
    fields = [field for field in (KEY_FIELD, TOKEN_FIELD) if field in url]
    return url.replace(fields[0], _LONGEST_FIELD) if len(fields) == 1 else None


@attrs.frozen(kw_only=True)
class OptOutLinks:
    """Write the opt-out link of each message.

    Parameters
    ----------
    url : str or None
        As ``Sender.opt_out_url``.
    keys : OptOutKeys or None
        They sign ``{opt_out_token}``.
    """

    url: str | None
    keys: OptOutKeys | None = attrs.field(repr=False)

    @classmethod
    def of(cls, sender: Sender, keys: OptOutKeys | None) -> OptOutLinks:
        """Give the links of *sender*.

        Raises
        ------
        InvalidParameterError
            If they are to be signed, and there are no keys.
        """
        if keys is None and TOKEN_FIELD in (sender.opt_out_url or ""):
            raise InvalidParameterError(
                "opt_out_keys", None, f"the keys that sign {TOKEN_FIELD} in the sender's URL"
            )
        return cls(url=sender.opt_out_url, keys=keys)

    def write(self, message_key: str) -> str | None:
        """Give the link of one message."""
        if not self.url:
            return None
        url = self.url
        if self.keys is not None and TOKEN_FIELD in url:
            url = url.replace(TOKEN_FIELD, self.keys.sign(message_key))
        return url.replace(KEY_FIELD, message_key)
