"""Solapi, NHN Cloud and SENS on loopback, each as strict as its documentation.

A phone number that ends in four digits which are an error code of the
provider gets that error; one that ends in 0000 is left out of the answer.
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from hmac_by_hand import hmac_sha256
from http_servers import RefusedError, Request, Response
from strict_providers import KEY, SECRET, exactly, insist

FROM = "0212345678"
NUMBER = re.compile(r"010\d{8}")


def size_of(text: str) -> int:
    """Count the bytes that Korean networks count."""
    return len(text.encode("cp949"))


class StrictSolapi:
    """``send-many/detail`` of Solapi, its list of messages, and what it holds for later."""

    def __init__(self, *, names_messages: bool = True) -> None:
        self._names_messages = names_messages
        self._signatures: set[str] = set()
        self.groups: dict[str, str] = {}
        self.taken: dict[str, dict[str, Any]] = {}

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        path, _, query = request.path.partition("?")
        held = re.fullmatch(r"/messages/v4/groups/(G4V\d+)/schedule", path)
        known = {("POST", "/messages/v4/send-many/detail"), ("GET", "/messages/v4/list")}
        is_known = (request.method, path) in known or (held and request.method == "DELETE")
        insist(is_known, 404, {"errorCode": "ResourceNotFound"})
        self._check_signature(request.headers.get("authorization", ""))
        if held is not None:
            return self._cancel(held[1])
        if request.method == "GET":
            return self._list(Request("GET", "", {}, query.encode()).form)
        insist(request.headers.get("content-type") == "application/json; charset=utf-8", 415)
        needed = ["messages", "allowDuplicates", "showMessageList"]
        body = exactly(request.json, needed, ["scheduledDate"])
        insist(body["allowDuplicates"] is False and body["showMessageList"] is True)
        insist(0 < len(body["messages"]) <= 10_000)
        for message in body["messages"]:
            self._check(message)
        return self._answer(body["messages"], body.get("scheduledDate"))

    def _list(self, asked: dict[str, str]) -> Response:
        exactly(asked, ["to", "startDate", "endDate", "limit"])
        insist(int(asked["limit"]) <= 500)
        start, end = (datetime.fromisoformat(asked[name]) for name in ("startDate", "endDate"))
        found = {
            name: record
            for name, record in self.taken.items()
            if record["to"] == asked["to"]
            and start <= datetime.fromisoformat(record["dateCreated"]) <= end
        }
        return Response(200, {"messageList": found, "startKey": None, "nextKey": None})

    def _cancel(self, group: str) -> Response:
        insist(self.groups.get(group) == "SCHEDULED", 400, {"errorCode": "InvalidStatus"})
        self.groups[group] = "PENDING"
        return Response(200, {"groupId": group, "status": "PENDING"})

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

    def _answer(self, messages: list[dict[str, Any]], at: str | None) -> Response:
        failed, taken = [], []
        group_id = f"G4V{len(self.groups) + 1}"
        self.groups[group_id] = "SENDING" if at is None else "SCHEDULED"
        if at is not None:
            ahead = datetime.fromisoformat(at) - datetime.now(UTC)
            insist(timedelta() < ahead < timedelta(days=183))
        for number, message in enumerate(messages):
            code = message["to"][-4:]
            entry = {"messageId": f"M4V{number}", "statusMessage": f"말 {message['to']}"}
            self.taken[f"M4V{len(self.taken)}"] = message | {
                "messageId": f"M4V{number}",
                "groupId": group_id,
                "statusCode": "3104" if code == "3104" else "4000",
                "dateCreated": datetime.now(UTC).isoformat(),
            }
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
        group = {"groupId": group_id, "status": self.groups[group_id], "count": count}
        return Response(
            200, {"failedMessageList": failed, "messageList": taken, "groupInfo": group}
        )


class _NhnRecords:
    """What NHN Cloud has taken, and lists by the time and the key."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self._requests = 0

    def take(self, rows: list[dict[str, Any]], body: dict[str, Any]) -> str:
        """Put *rows* on record; give the id of their request."""
        self._requests += 1
        request_id = f"R{self._requests}"
        for number, row in enumerate(rows, 1):
            self.taken.append(
                {
                    "requestId": request_id,
                    "recipientSeq": number,
                    "recipientGroupingKey": row["recipientGroupingKey"],
                    "recipientNo": row["recipientNo"],
                    "resultCodeName": f"to {row['recipientNo']}",
                    "at": datetime.now(UTC),
                    "is_held": _check_nhn_time(body),
                }
            )
        return request_id

    def list(self, asked: dict[str, str], names: tuple[str, str], form: str) -> list[Any]:
        """Give what was taken in a time."""
        exactly(asked, [*names, "recipientGroupingKey", "pageSize"])
        insist(int(asked["pageSize"]) <= 1000)
        start, end = (datetime.strptime(f"{asked[name]} +0900", f"{form} %z") for name in names)
        insist(timedelta() < end - start <= timedelta(days=30))
        return [
            record
            for record in self.taken
            if record["recipientGroupingKey"] == asked["recipientGroupingKey"]
            and start <= record["at"] <= end
        ]

    def let_go(self, request_id: str, recipient: int) -> int:
        """Let go of one message; give how many that was."""
        found = [
            each
            for each in self.taken
            if (each["requestId"], each["recipientSeq"]) == (request_id, recipient)
            and each["is_held"]
        ]
        for each in found:
            each["is_held"] = False
        return len(found)


def _check_nhn_time(body: dict[str, Any]) -> bool:
    """Say whether *body* is to be held, for up to 60 days."""
    if "requestDate" not in body:
        return False
    at = datetime.strptime(body["requestDate"] + " +0900", "%Y-%m-%d %H:%M %z")
    insist(timedelta() < at - datetime.now(UTC) < timedelta(days=60, minutes=1))
    return True


class StrictNhnSms:
    """``/sms/v3.0/appKeys/{k}`` of NHN Cloud: what is sent, listed and taken back."""

    def __init__(self) -> None:
        self.records = _NhnRecords()

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        path, _, query = request.path.partition("?")
        root = f"/sms/v3.0/appKeys/{KEY}"
        if (request.method, path) == ("PUT", f"{root}/reservations/cancel"):
            return self._cancel(request)
        found = re.fullmatch(rf"{root}/sender/(sms|mms|ad-sms|ad-mms)", path)
        insist(found and request.method in {"GET", "POST"}, 404)
        assert found is not None
        _check_nhn_headers(request)
        if request.method == "GET":
            insist(found[1] in {"sms", "mms"}, 404)
            asked = Request("GET", "", {}, query.encode()).form
            names = ("startCreateDate", "endCreateDate")
            listed = self.records.list(asked, names, "%Y-%m-%d %H:%M:%S")
            data = [_nhn_record(each, "msgStatus", "0", "3") for each in listed]
            return Response(200, _NHN_FINE | {"body": {"totalCount": len(data), "data": data}})
        return self._send(request, found[1])

    def _send(self, request: Request, kind: str) -> Response:
        is_long = kind.endswith("mms")
        needed = ["body", "sendNo", "recipientList", *(["title"] if is_long else [])]
        body = exactly(request.json, needed, ["requestDate"])
        rows = body["recipientList"]
        if len(rows) > 1000:
            return _nhn_failed(-2016, "over 1000")
        if size_of(body["body"]) > (2000 if is_long else 90):
            return _nhn_failed(-2015, "too long")
        if kind.startswith("ad-"):
            if not body["body"].startswith("(광고)"):
                return _nhn_failed(-6003, "no label")
            if not re.search(r"무료수신거부 080\d+$", body["body"]):
                return _nhn_failed(-6004, "no number to opt out")
        insist(body["sendNo"] == FROM)
        for row in rows:
            exactly(row, ["recipientNo", "recipientGroupingKey"])
            insist(NUMBER.fullmatch(row["recipientNo"]))
        request_id = self.records.take(rows, body)
        results = _nhn_results(rows, {"2052": -2052, "6001": -6001})
        data = {"requestId": request_id, "statusCode": "2", "sendResultList": results}
        return Response(200, _NHN_FINE | {"body": {"data": data}})

    def _cancel(self, request: Request) -> Response:
        _check_nhn_headers(request)
        body = exactly(request.json, ["reservationList", "updateUser"])
        (one,) = body["reservationList"]
        exactly(one, ["requestId", "recipientSeq"])
        insist(isinstance(one["recipientSeq"], int))
        count = self.records.let_go(one["requestId"], one["recipientSeq"])
        data = {"requestedCount": 1, "canceledCount": count}
        return Response(200, _NHN_FINE | {"body": {"data": data}})


def _nhn_record(record: dict[str, Any], status: str, failed: str, fine: str) -> dict[str, Any]:
    """Give *record* as NHN Cloud lists it."""
    has_failed = record["recipientNo"].endswith("6001")
    shown = {name: value for name, value in record.items() if name not in {"at", "is_held"}}
    return shown | {status: failed if has_failed else fine, "resultCode": "1000"}


class StrictNhnKakao:
    """Alimtalk and brand messages of NHN Cloud."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self.records = _NhnRecords()

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        path, _, query = request.path.partition("?")
        kinds = rf"(alimtalk/v2\.3|brand-message/v1\.0)/appkeys/{KEY}/messages"
        listing = re.fullmatch(rf"/{kinds}", path)
        if request.method == "GET" and listing is not None:
            return self._list(request, listing[1], Request("GET", "", {}, query.encode()).form)
        held = re.fullmatch(rf"/{kinds}/(R\d+)", path)
        if request.method == "DELETE" and held is not None:
            _check_nhn_headers(request)
            number = re.fullmatch(r"recipientSeq=(\d+)", query)
            insist(number)
            assert number is not None
            if self.records.let_go(held[2], int(number[1])):
                return Response(200, _NHN_FINE)
            return _nhn_failed(-3010, "too late")
        insist(request.method == "POST", 404)
        if request.path == f"/alimtalk/v2.3/appkeys/{KEY}/messages":
            return self._alimtalk(request)
        insist(request.path == f"/brand-message/v1.0/appkeys/{KEY}/freestyle-messages", 404)
        return self._brand(request)

    def _list(self, request: Request, kind: str, asked: dict[str, str]) -> Response:
        _check_nhn_headers(request)
        name = "Create" if kind.startswith("alimtalk") else "Request"
        names = (f"start{name}Date", f"end{name}Date")
        listed = self.records.list(asked, names, "%Y-%m-%d %H:%M")
        found = [_nhn_record(each, "messageStatus", "FAILED", "COMPLETED") for each in listed]
        told = {"messages": found, "totalCount": len(found)}
        return Response(200, _NHN_FINE | {"messageSearchResultResponse": told})

    def _alimtalk(self, request: Request) -> Response:
        _check_nhn_headers(request)
        key = request.headers.get("x-nc-api-idempotency-key")
        insist(key)
        assert key is not None
        needed = ["senderKey", "templateCode", "recipientList"]
        body = exactly(request.json, needed, ["requestDate"])
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
        return self._taken(body)

    def _brand(self, request: Request) -> Response:
        _check_nhn_headers(request)
        body = exactly(
            request.json,
            ["senderKey", "chatBubbleType", "content", "recipientList"],
            ["buttons", "unsubscribeNo", "requestDate"],
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
        return self._taken(body)

    def _taken(self, body: dict[str, Any]) -> Response:
        rows = body["recipientList"]
        request_id = self.records.take(rows, body)
        results = _nhn_results(rows, {"1028": -1028})
        return Response(
            200, _NHN_FINE | {"message": {"requestId": request_id, "sendResults": results}}
        )


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


class StrictSens:
    """``/sms/v2/services/{id}`` of Naver SENS: what is sent, listed and taken back."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.held: set[str] = set()

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        root = f"/sms/v2/services/{SENS_SERVICE}"
        path, _, query = request.path.partition("?")
        insist(path.startswith((f"{root}/messages", f"{root}/reservations/")), 404)
        self._check_signature(request)
        rest = path.removeprefix(root)
        if (request.method, rest) == ("POST", "/messages"):
            return self._send(request)
        if (request.method, rest) == ("GET", "/messages"):
            return self._list(Request("GET", "", {}, query.encode()).form)
        if request.method == "GET":
            found = [each for each in self.taken if rest == f"/messages/{each['messageId']}"]
            insist(found, 404)
            return Response(200, {"statusCode": "200", "statusName": "success", "messages": found})
        insist(request.method == "DELETE", 405)
        request_id = rest.removeprefix("/reservations/")
        insist(request_id in self.held, 400, {"error": {"errorCode": "400"}})
        self.held.remove(request_id)
        return Response(204, b"")

    def _check_signature(self, request: Request) -> None:
        headers = request.headers
        timestamp, key = headers["x-ncp-apigw-timestamp"], headers["x-ncp-iam-access-key"]
        insist(re.fullmatch(r"\d{13}", timestamp) and key == KEY, 401, _SENS_401)
        skew = abs(datetime.now(UTC).timestamp() - int(timestamp) / 1000)
        insist(skew < 300, 401, _SENS_401)
        text = f"{request.method} {request.path}\n{timestamp}\n{KEY}"
        wanted = base64.b64encode(hmac_sha256(SECRET.encode(), text.encode())).decode()
        insist(headers["x-ncp-apigw-signature-v2"] == wanted, 401, _SENS_401)
        insist(headers.get("content-type") == "application/json; charset=utf-8", 415)

    def _send(self, request: Request) -> Response:
        needed = ["type", "contentType", "countryCode", "from", "content", "messages"]
        body = exactly(request.json, needed, ["reserveTime", "reserveTimeZone"])
        insist(body["type"] in {"SMS", "LMS"} and body["contentType"] in {"COMM", "AD"})
        insist(body["countryCode"] == "82" and body["from"] == FROM)
        insist(0 < len(body["messages"]) <= 100)
        for row in body["messages"]:
            exactly(row, ["to", "content"], ["subject"] if body["type"] == "LMS" else [])
            insist(NUMBER.fullmatch(row["to"]) and not row["to"].endswith("0400"))
            # SENS itself would cut it without a word
            insist(size_of(row["content"]) <= (90 if body["type"] == "SMS" else 2000))
        request_id = f"VMS-{len(self.taken) + 1}"
        if "reserveTime" in body:
            insist(body.get("reserveTimeZone") == "Asia/Seoul")
            at = datetime.strptime(body["reserveTime"] + " +0900", "%Y-%m-%d %H:%M %z")
            insist(at > datetime.now(UTC))
            self.held.add(request_id)
        for row in body["messages"]:
            failed = row["to"].endswith("3003")
            record = row | {"messageId": f"0-{len(self.taken)}", "status": "COMPLETED"}
            now = datetime.now(UTC) + timedelta(hours=9)
            record |= {"requestId": request_id, "requestTime": f"{now:%Y-%m-%d %H:%M:%S}"}
            self.taken.append(record | {"statusName": "fail" if failed else "success"})
        answer = {"requestId": request_id, "requestTime": "2026-11-28T12:00:00.000"}
        return Response(202, answer | {"statusCode": "202", "statusName": "success"})

    def _list(self, asked: dict[str, str]) -> Response:
        exactly(asked, ["requestStartTime", "requestEndTime", "to"])
        start, end = asked["requestStartTime"], asked["requestEndTime"]
        insist(all(re.fullmatch(r"\d{4}(-\d\d){2} \d\d(:\d\d){2}", each) for each in (start, end)))
        found = [
            {
                name: each[name]
                for name in ("requestId", "messageId", "requestTime", "to", "status")
            }
            for each in self.taken
            if each["to"] == asked["to"] and start <= each["requestTime"] <= end
        ]
        insist(found, 404, b"")
        return Response(200, {"statusCode": "200", "statusName": "success", "messages": found})


_SENS_401 = {"error": {"errorCode": "200", "message": "Authentication Failed"}}
