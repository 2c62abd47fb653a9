"""The phrases by which servers say what went wrong, as searches for any of them."""

from __future__ import annotations

import re
from typing import Final


def any_of(*phrases: str) -> re.Pattern[str]:
    r"""Give the search for any of *phrases*, in capitals or not.

    Examples
    --------
    >>> any_of("user unknown", r"no such \w+").search("550 No such mailbox")[0]
    'No such mailbox'
    """
    return re.compile("|".join(phrases), re.IGNORECASE)


FULL: Final = any_of(
    r"over ?quota",
    r"quota (?:is )?(?:exceeded|full)",
    r"(?:mail ?box|inbox|user|account)\W.{0,20}\bfull\b",
    r"mailfull",
    r"exceed\w*.{0,30}(?:quota|storage)",
    r"(?:out of|insufficient).{0,20}(?:storage|space)",
    r"storage (?:limit|quota)",
    r"mailbox size limit",
    r"용량.{0,12}(?:초과|부족|가득)",
    r"(?:메일함|편지함|사서함).{0,12}(?:가득|꽉|초과)",
)
"""The mailbox is full."""

_WHO: Final = r"\b(?:user|recipient|mailbox|account|address|alias|domain)\b"
UNKNOWN: Final = any_of(
    rf"{_WHO}\W{{0,3}}(?:name )?(?:is )?(?:unknown|not known)",
    r"unknown (?:user|recipient|mailbox|local.?part|address|account|domain)",
    r"no such (?:user|recipient|mailbox|person|address|account|domain)",
    rf"{_WHO}.{{0,60}}?(?:does ?n.t exist|does not exist|not exist|not found)",
    rf"{_WHO}.{{0,60}}?no longer (?:exists|available|valid|in use)",
    rf"{_WHO}.{{0,40}}?(?:is|was|been) (?:disabled|inactive|deactivated|suspended)",
    rf"{_WHO}.{{0,40}}?(?:is|was|been) (?:terminated|closed|deleted)",
    r"no (?:mailbox|account) (?:here )?by that name",
    r"(?:not a valid|invalid) (?:mailbox|recipient|user|address)",
    r"unroutea?ble address",
    r"recip(?:ient)?notfound",
    r"(?:could|can)(?:n.t| ?not) be found",
    r"was ?n.t found (?:at|in)",
    r"does ?n.t have an? .{0,30}account",
    r"host or domain name not found(?!.{0,80}try again)",
    r"null ?mx",
    r"does not accept mail",
    r"존재하지 ?않",
    r"없는 ?(?:사용자|계정|아이디|수신자|메일|주소)",
    r"휴면 ?(?:계정|상태|메일|회원)",
    r"탈퇴",
    r"(?:주소|수신자|사용자|계정)[을를]? ?찾을 ?수 ?없",
)
"""There is no such recipient."""

LIKELY_UNKNOWN: Final = any_of(
    r"mailbox (?:is )?(?:unavailable|not available)",
    r"(?:recipient|address|user)\W.{0,20}(?:rejected|refused)",
    r"unable to receive",
)
"""There may be no such recipient: servers say so of policies too."""

POLICY: Final = any_of(
    r"\bspam",
    r"black ?list",
    r"block ?list",
    r"deny ?list",
    r"\bblocked\b",
    r"\brbl\b",
    r"dnsbl",
    r"reputation",
    r"\bpolicy\b",
    r"dmarc",
    r"\bspf\b",
    r"dkim",
    r"relay(?:ing)? (?:access )?denied",
    r"(?:unable|not permitted) to relay",
    r"virus",
    r"malware",
    r"unsolicited",
    r"(?:message|content) (?:rejected|refused)",
    r"too (?:large|big)",
    r"exceeds? .{0,20}size",
    r"too many hops",
    r"\bloops?\b",
    r"스팸",
    r"차단",
    r"수신 ?거부",
    r"바이러스",
    r"크기.{0,8}초과",
)
"""The message is not wanted, or cannot be as it is: nothing is said of the recipient."""

PASSING: Final = any_of(
    r"temporar",
    r"try(?:ing)? again",
    r"timed? ?out",
    r"connection (?:refused|lost|reset)",
    r"(?:could not|unable to) connect",
    r"unreachable",
    r"gr[ea]ylist",
    r"too many (?:connections|messages|recipients|errors)",
    r"\brate\b",
    r"throttl",
    r"deferred",
    r"retry time",
    r"expired",
    r"too long",
    r"no route",
    r"응답.{0,6}없",
    r"(?:접속|연결).{0,10}(?:실패|불가|없)",
    r"일시적",
    r"시간 ?초과",
)
"""It may pass."""

NOT_YET: Final = any_of(
    r"(?:not yet|has not|still) (?:been )?(?:delivered|undelivered)",
    r"will (?:continue to|keep|be) (?:try|retri|attempt)",
    r"do not need to re-?send",
    r"delivery (?:attempts )?will (?:be )?(?:continue|retried)",
    r"(?:has been|is|being) delayed",
    r"still being retried",
    r"(?:배달|전송)이? 지연",
)
"""The server still tries."""

SUBJECT_OF_BOUNCE: Final = any_of(
    r"undeliver",
    r"non.?deliver",
    r"delivery (?:status )?(?:notification|failure|failed|report|error|problem)",
    r"delivery has failed",
    r"failure notice",
    r"failed delivery",
    r"returned mail",
    r"mail (?:delivery )?(?:failed|failure)",
    r"could ?n.?o?t be delivered",
    r"returned to sender",
    r"\bbounce",
    r"(?:message|mail).{0,20}(?:delayed|still being retried)",
    r"warning: .{0,40}(?:delayed|undelivered|delivered)",
    r"반송",
    r"(?:전송|발송|배달).{0,8}(?:실패|오류|못|불가|지연)",
)

SUBJECT_OF_AUTO_REPLY: Final = any_of(
    r"^(?:re: *)?auto(?:matic)?[ -]?(?:reply|response|responder)",
    r"^(?:re: *)?auto:",
    r"^(?:re: *)?out of (?:the )?office",
    r"^(?:re: *)?(?:on )?vacation",
    r"^(?:re: *)?(?:i am )?away from",
    r"^(?:re: *)?(?:abwesen|réponse automatique)",
    r"^(?:re: *)?\[?자동 ?(?:응답|회신)",
    r"^(?:re: *)?\[?(?:부재 ?중|휴가|출장)",
)

SERVER: Final = any_of(
    r"mailer-?daemon",
    r"postmaster",
    r"mail.?delivery",
    r"mail (?:sub)?system",
    r"microsoftexchange[0-9a-f]+",
    r"메일 ?(?:시스템|관리자|센터|서비스|배달)",
)
"""Who signs as a mail server."""
