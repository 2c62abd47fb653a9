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

from hmac_by_hand import hmac_sha256
from http_servers import RefusedError, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

KEY = "canary-key-1"
SECRET = "canary-secret-2"
FROM = "0212345678"
NUMBER = re.compile(r"010\d{8}")


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


def size_of(text: str) -> int:
    """Count the bytes that Korean networks count."""
    return len(text.encode("cp949"))


class StrictSolapi:
    """``/messages/v4/send-many/detail`` of Solapi."""

    def __init__(self, *, names_messages: bool = True) -> None:
        self._names_messages = names_messages
        self._signatures: set[str] = set()

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        insist(
            (request.method, request.path) == ("POST", "/messages/v4/send-many/detail"),
            404,
            {"errorCode": "ResourceNotFound"},
        )
        self._check_signature(request.headers.get("authorization", ""))
        insist(request.headers.get("content-type") == "application/json; charset=utf-8", 415)
        body = exactly(request.json, ["messages", "allowDuplicates", "showMessageList"])
        insist(body["allowDuplicates"] is False and body["showMessageList"] is True)
        insist(0 < len(body["messages"]) <= 10_000)
        for message in body["messages"]:
            self._check(message)
        return self._answer(body["messages"])

    def _check_signature(self, header: str) -> None:
        found = re.fullmatch(
            r"HMAC-SHA256 apiKey=(\S+), date=(\S+), salt=(\S{12,64}), signature=([0-9a-f]{64})",
            header,
        )
        insist(found, 403, {"errorCode": "InvalidAuthorization"})
        assert found is not None
        key, date, salt, signature = found.groups()
        insist(key == KEY, 403, {"errorCode": "InvalidAPIKey", "errorMessage": "no such key"})
        skew = abs(datetime.now(UTC) - datetime.fromisoformat(date))
        insist(skew < timedelta(minutes=15), 403, {"errorCode": "RequestTimeTooSkewed"})
        wanted = hmac_sha256(SECRET.encode(), f"{date}{salt}".encode()).hex()
        insist(signature == wanted, 403, {"errorCode": "SignatureDoesNotMatch"})
        insist(signature not in self._signatures, 403, {"errorCode": "DuplicatedSignature"})
        self._signatures.add(signature)

    def _check(self, message: Any) -> None:
        kind = message.get("type")
        common = ["to", "from", "type", "customFields"]
        if kind in {"SMS", "LMS", "MMS"}:
            more = ["imageId"] if kind == "MMS" else []
            title = [] if kind == "SMS" else ["subject"]
            exactly(message, [*common, "text", "country", "autoTypeDetect", *more], title)
            insist(size_of(message["text"]) <= (90 if kind == "SMS" else 2000))
            insist(size_of(message.get("subject", "")) <= 40)
            insist(re.fullmatch(r"\d{1,3}", message["country"]))
        elif kind == "ATA":
            exactly(message, [*common, "kakaoOptions"])
            options = exactly(
                message["kakaoOptions"], ["pfId", "templateId", "variables", "disableSms"]
            )
            insist(all(re.fullmatch(r"#\{[^{}]+\}", name) for name in options["variables"]))
            insist(isinstance(options["disableSms"], bool))
            insist(set(options["variables"]) == {"#{name}"})
        else:
            insist(kind == "BMS_FREE")
            exactly(message, [*common, "text", "kakaoOptions"])
            options = exactly(message["kakaoOptions"], ["pfId", "bms", "disableSms"])
            bms = exactly(options["bms"], ["targeting", "chatBubbleType"], ["buttons"])
            insist(bms["targeting"] in {"M", "N", "I"} and bms["chatBubbleType"] == "TEXT")
            for button in bms.get("buttons", []):
                exactly(button, ["linkType", "name", "linkMobile"])
                insist(len(button["name"]) <= 14)
        exactly(message["customFields"], ["key"])
        insist(re.fullmatch(r"\d{6,15}", message["to"]) and message["from"] == FROM)

    def _answer(self, messages: list[dict[str, Any]]) -> Response:
        failed, taken = [], []
        for number, message in enumerate(messages):
            code = message["to"][-4:]
            entry = {"messageId": f"M4V{number}", "statusMessage": f"말 {message['to']}"}
            if self._names_messages:
                entry["customFields"] = message["customFields"]
            if code in {"1026", "1029", "1030", "1031", "1043", "1061", "1062", "2061"}:
                fields = {name: message[name] for name in ("to", "from", "type")}
                failed.append(entry | fields | {"statusCode": code})
            elif code == "7777":
                taken.append(entry | {"statusCode": "9999"})
            elif code != "0000":
                taken.append(entry | {"statusCode": "2000"})
        count = {"total": len(messages), "registeredSuccess": len(taken)}
        count["registeredFailed"] = len(failed)
        group = {"groupId": "G4V1", "status": "SENDING", "count": count}
        return Response(
            200, {"failedMessageList": failed, "messageList": taken, "groupInfo": group}
        )


def strict_nhn_sms(request: Request) -> Response:
    """Answer as ``/sms/v3.0/appKeys/{k}/sender/…`` of NHN Cloud does."""
    found = re.fullmatch(rf"/sms/v3\.0/appKeys/{KEY}/sender/(sms|mms|ad-sms|ad-mms)", request.path)
    insist(request.method == "POST" and found, 404)
    assert found is not None
    _check_nhn_headers(request)
    is_long = found[1].endswith("mms")
    body = exactly(
        request.json, ["body", "sendNo", "recipientList", *(["title"] if is_long else [])]
    )
    rows = body["recipientList"]
    if len(rows) > 1000:
        return _nhn_failed(-2016, "over 1000")
    if size_of(body["body"]) > (2000 if is_long else 90):
        return _nhn_failed(-2015, "too long")
    if found[1].startswith("ad-"):
        if not body["body"].startswith("(광고)"):
            return _nhn_failed(-6003, "no label")
        if not re.search(r"무료수신거부 080\d+$", body["body"]):
            return _nhn_failed(-6004, "no number to opt out")
    insist(body["sendNo"] == FROM)
    for row in rows:
        exactly(row, ["recipientNo", "recipientGroupingKey"])
        insist(NUMBER.fullmatch(row["recipientNo"]))
    results = _nhn_results(rows, {"2052": -2052, "6001": -6001})
    data = {"requestId": "R1", "statusCode": "2", "sendResultList": results}
    return Response(200, _NHN_FINE | {"body": {"data": data}})


class StrictNhnKakao:
    """Alimtalk and brand messages of NHN Cloud."""

    def __init__(self) -> None:
        self._keys: set[str] = set()

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        insist(request.method == "POST", 404)
        if request.path == f"/alimtalk/v2.3/appkeys/{KEY}/messages":
            return self._alimtalk(request)
        insist(request.path == f"/brand-message/v1.0/appkeys/{KEY}/freestyle-messages", 404)
        return self._brand(request)

    def _alimtalk(self, request: Request) -> Response:
        _check_nhn_headers(request)
        key = request.headers.get("x-nc-api-idempotency-key")
        insist(key)
        assert key is not None
        body = exactly(request.json, ["senderKey", "templateCode", "recipientList"])
        insist(len(body["senderKey"]) == 40 and 0 < len(body["templateCode"]) <= 20)
        for row in body["recipientList"]:
            exactly(
                row,
                ["recipientNo", "templateParameter", "resendParameter", "recipientGroupingKey"],
            )
            insist(NUMBER.fullmatch(row["recipientNo"]))
            insist(set(row["templateParameter"]) == {"name"})
            exactly(row["resendParameter"], ["isResend"])
            insist(key == row["recipientGroupingKey"])
        if key in self._keys:
            return _nhn_failed(-1005, "The same 'X-NC-API-IDEMPOTENCY-KEY' was used")
        self._keys.add(key)
        return self._taken(body["recipientList"])

    def _brand(self, request: Request) -> Response:
        _check_nhn_headers(request)
        body = exactly(
            request.json,
            ["senderKey", "chatBubbleType", "content", "recipientList"],
            ["buttons", "unsubscribeNo"],
        )
        insist(len(body["senderKey"]) == 40 and body["chatBubbleType"] == "TEXT")
        insist(len(body["content"]) <= 1300 and len(body["recipientList"]) <= 1000)
        insist(re.fullmatch(r"080\d{7,8}", body.get("unsubscribeNo", "0801234567")))
        for button in body.get("buttons", []):
            exactly(button, ["name", "type", "linkMo"])
            insist(len(button["name"]) <= 14 and button["type"] == "WL")
        for row in body["recipientList"]:
            exactly(row, ["recipientNo", "targeting", "resendParameter", "recipientGroupingKey"])
            insist(NUMBER.fullmatch(row["recipientNo"]) and row["targeting"] in {"M", "N", "I"})
            exactly(row["resendParameter"], ["isResend"])
        return self._taken(body["recipientList"])

    def _taken(self, rows: list[dict[str, Any]]) -> Response:
        results = _nhn_results(rows, {"1028": -1028})
        return Response(200, _NHN_FINE | {"message": {"requestId": "R2", "sendResults": results}})


_NHN_FINE = {"header": {"isSuccessful": True, "resultCode": 0, "resultMessage": "SUCCESS"}}


def _check_nhn_headers(request: Request) -> None:
    insist(request.headers.get("content-type") == "application/json;charset=UTF-8", 415)
    if request.headers.get("x-secret-key") != SECRET:
        raise RefusedError(200, _nhn_failed(-1001, "Invalid secretKey").body)


def _nhn_failed(code: int, words: str) -> Response:
    header = {"isSuccessful": False, "resultCode": code, "resultMessage": words}
    return Response(200, {"header": header})


def _nhn_results(rows: list[dict[str, Any]], codes: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "recipientSeq": number,
            "recipientNo": row["recipientNo"],
            "resultCode": codes.get(row["recipientNo"][-4:], 0),
            "resultMessage": f"to {row['recipientNo']}",
            "recipientGroupingKey": row["recipientGroupingKey"],
        }
        for number, row in enumerate(rows, 1)
        if not row["recipientNo"].endswith("0000")
    ]


SENS_SERVICE = "ncp:sms:kr:1:shop"


def strict_sens(request: Request) -> Response:
    """Answer as ``/sms/v2/services/{id}/messages`` of Naver SENS does."""
    path = f"/sms/v2/services/{SENS_SERVICE}/messages"
    insist((request.method, request.path) == ("POST", path), 404)
    headers = request.headers
    timestamp, key = headers["x-ncp-apigw-timestamp"], headers["x-ncp-iam-access-key"]
    insist(re.fullmatch(r"\d{13}", timestamp) and key == KEY, 401, _SENS_401)
    skew = abs(datetime.now(UTC).timestamp() - int(timestamp) / 1000)
    insist(skew < 300, 401, _SENS_401)
    signed = hmac_sha256(SECRET.encode(), f"POST {path}\n{timestamp}\n{KEY}".encode())
    wanted = base64.b64encode(signed).decode()
    insist(headers["x-ncp-apigw-signature-v2"] == wanted, 401, _SENS_401)
    insist(headers.get("content-type") == "application/json; charset=utf-8", 415)
    body = exactly(
        request.json, ["type", "contentType", "countryCode", "from", "content", "messages"]
    )
    insist(body["type"] in {"SMS", "LMS"} and body["contentType"] in {"COMM", "AD"})
    insist(body["countryCode"] == "82" and body["from"] == FROM)
    insist(0 < len(body["messages"]) <= 100)
    for row in body["messages"]:
        exactly(row, ["to", "content"], ["subject"] if body["type"] == "LMS" else [])
        insist(NUMBER.fullmatch(row["to"]) and not row["to"].endswith("0400"))
        # SENS itself would cut it without a word
        insist(size_of(row["content"]) <= (90 if body["type"] == "SMS" else 2000))
    answer = {"requestId": "VMS-1", "requestTime": "2026-11-28T12:00:00.000"}
    return Response(202, answer | {"statusCode": "202", "statusName": "success"})


_SENS_401 = {"error": {"errorCode": "200", "message": "Authentication Failed"}}

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
        insist(path == f"/2010-04-01/Accounts/{SID}/Messages.json", 404, {"code": 20404})
        login = base64.b64encode(f"{SID}:{SECRET}".encode()).decode()
        insist(request.headers.get("authorization") == f"Basic {login}", 401, {"code": 20003})
        if request.method == "GET":
            fields = Request("GET", "", {}, query.encode()).form
            exactly(fields, ["To", "PageSize"])
            found = [each for each in reversed(self.sent) if each["to"] == fields["To"]]
            return Response(200, {"messages": found})
        insist(request.method == "POST", 405)
        kind = request.headers.get("content-type")
        insist(kind == "application/x-www-form-urlencoded", 415)
        name, value = self._sender
        fields = exactly(request.form, ["To", name, "Body"], ["StatusCallback"])
        number = fields["To"].removeprefix(self._prefix)
        insist(fields["To"].startswith(self._prefix) and re.fullmatch(r"\+\d{7,15}", number))
        insist(fields[name] == value and 0 < len(fields["Body"]) <= 1600, 400, {"code": 21617})
        if number[-4:] in _TWILIO_ERRORS:
            status, code, words = _TWILIO_ERRORS[number[-4:]]
            told = {"code": code, "message": words.format(to=number), "status": status}
            return Response(status, told)
        sid = f"SM{len(self.sent):032x}"
        status = "failed" if number.endswith("3003") else "queued"
        record = {"sid": sid, "to": fields["To"], "body": fields["Body"], "status": status}
        record["date_created"] = format_datetime(self.now())
        self.sent.append(record)
        return Response(201, record | {"num_segments": "1", "error_code": None})


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
