"""Providers on loopback, each as strict as its documentation.

A phone number that ends in four digits which are an error code of the
provider gets that error; one that ends in 0000 is left out of the answer.
"""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from http_servers import RefusedError, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

KEY = "canary-key-1"
SECRET = "canary-secret-2"


def exactly(value: Any, needed: Iterable[str], possible: Iterable[str] = ()) -> dict[str, Any]:
    """Give *value* if it is an object with these fields and no others."""
    if not isinstance(value, dict):
        raise RefusedError(400, {"errorCode": "ValidationError", "code": 20001})
    if not set(needed) <= set(value) <= {*needed, *possible}:
        raise RefusedError(400, {"errorCode": "ValidationError", "errorMessage": "fields"})
    return value


def insist(truth: object, status: int = 400, body: Any = None) -> None:
    """Refuse the request unless it is so."""
    if not truth:
        raise RefusedError(status, body or {"errorCode": "ValidationError"})


SID = "AC" + "0" * 32
_TWILIO_ERRORS = {
    "1211": (400, 21211, "The 'To' number {to} is not a valid phone number."),
    "1610": (400, 21610, "Attempt to send to unsubscribed recipient"),
    "1614": (400, 21614, "'To' number is not a valid mobile number"),
    "0429": (429, 20429, "Too Many Requests"),
}


class StrictTwilio:
    """``/2010-04-01/Accounts/{Sid}/Messages.json`` of Twilio."""

    def __init__(
        self, prefix: str = "", sender: tuple[str, str] = ("From", "+15005550006")
    ) -> None:
        self._prefix = prefix
        self._sender = sender
        self.now = lambda: datetime.now(UTC)
        self.sent: list[dict[str, str]] = []

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        path, _, query = request.path.partition("?")
        login = base64.b64encode(f"{SID}:{SECRET}".encode()).decode()
        insist(request.headers.get("authorization") == f"Basic {login}", 401, {"code": 20003})
        one = re.fullmatch(rf"/2010-04-01/Accounts/{SID}/Messages/(SM[0-9a-f]{{32}})\.json", path)
        if one is not None:
            return self._cancel(request, one[1])
        insist(path == f"/2010-04-01/Accounts/{SID}/Messages.json", 404, {"code": 20404})
        if request.method == "GET":
            fields = Request("GET", "", {}, query.encode()).form
            exactly(fields, ["To", "PageSize"])
            found = [each for each in reversed(self.sent) if each["to"] == fields["To"]]
            return Response(200, {"messages": found})
        insist(request.method == "POST", 405)
        kind = request.headers.get("content-type")
        insist(kind == "application/x-www-form-urlencoded", 415)
        name, value = self._sender
        fields = exactly(
            request.form, ["To", name, "Body"], ["StatusCallback", "ScheduleType", "SendAt"]
        )
        is_held = "SendAt" in fields
        if is_held:
            self._check_time(fields)
        number = fields["To"].removeprefix(self._prefix)
        insist(fields["To"].startswith(self._prefix) and re.fullmatch(r"\+\d{7,15}", number))
        insist(fields[name] == value and 0 < len(fields["Body"]) <= 1600, 400, {"code": 21617})
        if number[-4:] in _TWILIO_ERRORS:
            status, code, words = _TWILIO_ERRORS[number[-4:]]
            told = {"code": code, "message": words.format(to=number), "status": status}
            return Response(status, told)
        sid = f"SM{len(self.sent):032x}"
        status = "failed" if number.endswith("3003") else "scheduled" if is_held else "queued"
        record = {"sid": sid, "to": fields["To"], "body": fields["Body"], "status": status}
        record["date_created"] = format_datetime(self.now())
        self.sent.append(record)
        return Response(201, record | {"num_segments": "1", "error_code": None})

    def _check_time(self, fields: dict[str, str]) -> None:
        insist(fields.get("ScheduleType") == "fixed", 400, {"code": 35126})
        insist("MessagingServiceSid" in fields, 400, {"code": 35118})
        insist(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", fields["SendAt"]), 400)
        ahead = datetime.fromisoformat(fields["SendAt"]) - datetime.now(UTC)
        insist(timedelta(seconds=890) < ahead < timedelta(days=35), 400, {"code": 35115})

    def _cancel(self, request: Request, sid: str) -> Response:
        insist(request.method == "POST" and request.form == {"Status": "canceled"})
        (record,) = [each for each in self.sent if each["sid"] == sid] or [{"status": "none"}]
        insist(record["status"] == "scheduled", 400, {"code": 30409, "message": "too late"})
        record["status"] = "canceled"
        return Response(200, record)


def strict_slack(request: Request) -> Response:
    """Answer as ``chat.postMessage`` of Slack does."""
    insist((request.method, request.path) == ("POST", "/api/chat.postMessage"), 404)
    insist(request.headers.get("content-type") == "application/json; charset=utf-8", 415)
    if request.headers.get("authorization") != f"Bearer {SECRET}":
        raise RefusedError(200, {"ok": False, "error": "invalid_auth"})
    needed = ["channel", "text", "mrkdwn", "unfurl_links", "unfurl_media"]
    body = exactly(request.json, needed, ["blocks"])
    insist(not re.search(r"<[^&]|&(?!amp;|lt;|gt;)", body["text"]))
    for block in body.get("blocks", []):
        fields = exactly(block, ["type"], ["text", "elements"])
        insist(fields["type"] in {"section", "actions"})
        for text in [fields["text"]] if "text" in fields else []:
            exactly(text, ["type", "text"])
        insist(("text" in fields) != ("elements" in fields))
        for element in fields.get("elements", []):
            exactly(element, ["type", "text", "url"])
            exactly(element["text"], ["type", "text"])
    channel = body["channel"]
    if channel.startswith("E-"):
        return Response(200, {"ok": False, "error": channel.removeprefix("E-")})
    insist(re.fullmatch(r"[UCD][A-Z0-9]+", channel), 200, {"ok": False, "error": "no_channel"})
    return Response(200, {"ok": True, "channel": channel, "ts": "1503435956.000247"})


class StrictFcm:
    """Google's tokens, and ``messages:send`` of FCM."""

    def __init__(self, public_key: Any, url: Callable[[], str]) -> None:
        self._public_key = public_key
        self._url = url
        self.tokens = 0
        self.good: set[str] = set()

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        insist(request.method == "POST", 404)
        if request.path == "/token":
            return self._token(request)
        insist(request.path == "/v1/projects/shop-1/messages:send", 404)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.good:
            raise RefusedError(401, _fcm_error(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"))
        insist(request.headers.get("content-type") == "application/json; charset=utf-8", 415)
        insist(len(request.body) <= 4096)
        message = exactly(request.json, ["message"])["message"]
        exactly(message, ["token", "notification", "data"], ["webpush"])
        exactly(message["notification"], ["body"], ["title"])
        exactly(message["data"], ["message_key"], ["url"])
        if "webpush" in message:
            exactly(exactly(message["webpush"], ["fcm_options"])["fcm_options"], ["link"])
        insist(("url" in message["data"]) == ("webpush" in message))
        errors = {
            "gone": (404, "NOT_FOUND", "UNREGISTERED"),
            "theirs": (403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"),
            "odd": (400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"),
            "quota": (429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"),
            "inner": (500, "INTERNAL", "INTERNAL"),
        }
        if message["token"] in errors:
            status, *words = errors[message["token"]]
            return Response(status, _fcm_error(status, *words))
        return Response(200, {"name": "projects/shop-1/messages/0:15"})

    def _token(self, request: Request) -> Response:
        from joserfc import jwt  # noqa: PLC0415 -- beside the channel's own use

        fields = exactly(request.form, ["grant_type", "assertion"])
        insist(fields["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer")
        claims = jwt.decode(fields["assertion"], self._public_key, algorithms=["RS256"]).claims
        exactly(claims, ["iss", "scope", "aud", "iat", "exp"])
        insist(claims["aud"] == f"{self._url()}/token" and claims["iss"] == "crm@shop-1.example")
        insist(claims["scope"] == "https://www.googleapis.com/auth/firebase.messaging")
        insist(claims["exp"] - claims["iat"] == 3600)
        self.tokens += 1
        token = f"ya29.canary-token-{self.tokens}"
        self.good.add(token)
        return Response(200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"})


def _fcm_error(status: int, kind: str, code: str) -> dict[str, Any]:
    detail = {
        "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError",
        "errorCode": code,
    }
    return {"error": {"code": status, "message": kind, "status": kind, "details": [detail]}}


def as_bytes(value: Any) -> bytes:
    """Write JSON as the channels do."""
    return json.dumps(value, ensure_ascii=False).encode()
