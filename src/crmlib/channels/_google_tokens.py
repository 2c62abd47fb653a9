"""Tokens of Google for a service account (RFC 7523)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import attrs

from crmlib.channels._http_transport import HttpTransport
from crmlib.channels._secret import Secret
from crmlib.channels._setting_values import split_url
from crmlib.exceptions import MissingExtraError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from pathlib import Path

_SCOPE: Final = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_TOKEN: Final = re.compile(r"[!-~]+")
_LIFE_SECONDS: Final = 3_600
_MARGIN_SECONDS: Final = 300


@attrs.frozen
class Token:
    """A token, or what went wrong."""

    secret: Secret | None
    problem: str | None = None


class GoogleTokens:
    """Trade the key of a service account for tokens, each for as long as it is good.

    Parameters
    ----------
    key_file : Path
        JSON with ``client_email`` and ``private_key``.
    token_url : str
        Of Google's server.
    timeout_seconds : float
        The longest wait.
    ca_file : path or None
        Certificates to trust in place of the system's.
    clock : callable
        Gives the seconds since 1970.
    """

    def __init__(
        self,
        key_file: Path,
        token_url: str,
        *,
        timeout_seconds: float,
        ca_file: str | os.PathLike[str] | None,
        clock: Callable[[], float],
    ) -> None:
        try:
            import joserfc  # noqa: F401, PLC0415 -- an extra
        except ModuleNotFoundError as error:
            raise MissingExtraError("the channel fcm", "fcm") from error
        self._key_file = key_file
        self._url = token_url
        origin, self._path = split_url("token_url", token_url)
        self._http = HttpTransport(origin, timeout_seconds=timeout_seconds, ca_file=ca_file)
        self._clock = clock
        self._token: Secret | None = None
        self._until = 0.0

    def current(self) -> Token:
        """Give a token that is good for some minutes yet; ask for one if there is none."""
        if self._token is None or self._clock() >= self._until:
            return self._ask()
        return Token(self._token)

    def forget(self) -> None:
        """Ask anew next time."""
        self._token = None

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _ask(self) -> Token:
        now = int(self._clock())
        try:
            assertion = self._sign(now)
        except (OSError, ValueError, KeyError, TypeError) as error:
            return Token(None, f"service_account_file is no key ({type(error).__name__})")
        form = urlencode({"grant_type": _GRANT, "assertion": assertion})
        reply = self._http.request(
            "POST",
            self._path,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            content=form.encode("ascii"),
        )
        answer = reply.json()
        said: dict[str, Any] = answer if isinstance(answer, dict) else {}
        token, life = said.get("access_token"), said.get("expires_in")
        is_token = isinstance(token, str) and _TOKEN.fullmatch(token)
        if reply.status != 200 or not is_token or not isinstance(life, int):  # noqa: PLR2004
            return Token(None, f"no token from Google: {reply.summary}")
        self._token, self._until = Secret(str(token), "access_token"), now + life - _MARGIN_SECONDS
        return Token(self._token)

    def _sign(self, now: int) -> str:
        from joserfc import jwt  # noqa: PLC0415 -- an extra
        from joserfc.jwk import RSAKey  # noqa: PLC0415 -- an extra

        account = json.loads(self._key_file.read_text(encoding="utf-8"))
        claims = {
            "iss": account["client_email"],
            "scope": _SCOPE,
            "aud": self._url,
            "iat": now,
            "exp": now + _LIFE_SECONDS,
        }
        header = {"alg": "RS256", "typ": "JWT"}
        return jwt.encode(header, claims, RSAKey.import_key(account["private_key"]))
