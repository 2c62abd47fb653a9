"""Notices that the law asks for: each customer's own facts in the words of the policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

import pandas as pd

from crmlib.interfaces import MessagePlanner
from crmlib.tables import get_zone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmlib.messages import Sender
    from crmlib.policies import Duty, NoticeText

_MEDIA: Final = {
    "ko": {
        "*": "모든 매체",
        "email": "이메일",
        "sms": "문자",
        "kakao": "카카오톡",
        "push": "앱 푸시",
        "chat": "메신저",
        "whatsapp": "왓츠앱",
    },
    "en": {
        "*": "any medium",
        "email": "e-mail",
        "sms": "text message",
        "kakao": "KakaoTalk",
        "push": "push message",
        "chat": "messenger",
        "whatsapp": "WhatsApp",
    },
}
_PURPOSES: Final = {
    "ko": {"advertising": "광고성 정보", "night": "야간 광고성 정보(21시~8시)"},
    "en": {"advertising": "advertising", "night": "advertising at night"},
}


class NoticePlanner(MessagePlanner):
    """Tell each customer the date and content of their consents and withdrawals.

    Parameters
    ----------
    duty : Duty
        With its texts; the first of them serves for languages without one.
    events : DataFrame of shape (n_events, n_columns)
        What to tell, as :func:`crmlib.policies.list_duties` gives it.
    sender : Sender
        From whom.
    """

    def __init__(self, duty: Duty, events: pd.DataFrame, sender: Sender) -> None:
        self.duty = duty
        self.events = events
        self.sender = sender

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, transactions: pd.DataFrame, y: None = None) -> Self:  # noqa: ARG002 -- nothing to learn
        """Learn nothing."""
        return self

    def plan(self, audience: pd.DataFrame, *, medium: str) -> pd.DataFrame:
        """Write the notice of each customer of *audience*, all of whom have one to get."""
        told = dict(list(self.events.groupby("customer_id", sort=False)))
        urls = audience["opt_out_url"] if "opt_out_url" in audience else [None] * len(audience)
        rows = [
            self._write(told[who], locale, url, has_subject=medium == "email")
            for who, locale, url in zip(audience.index, audience["locale"], urls, strict=True)
        ]
        return pd.DataFrame(rows, index=audience.index, columns=list(self.columns), dtype=object)

    def _write(
        self, events: pd.DataFrame, locale: str | None, url: str | None, *, has_subject: bool
    ) -> dict[str, Any]:
        text = _choose(self.duty.texts, locale)
        written: dict[str, Any] = dict.fromkeys(self.columns)
        written |= {
            "template": f"{self.duty.name} ({text.language})",
            "why": f"{self.duty.name}, {self.duty.within}, for {_count(len(events))}",
            "propensity": 1.0,
        }
        if url is None and "{opt_out_url}" in text.body:
            problem = "shows {opt_out_url}, and the sender has none; give Sender(opt_out_url=…)"
            return written | {"problem": problem}
        filled = {
            "sender": self.sender.name,
            "contact": ", ".join(filter(None, (self.sender.email, self.sender.phone))),
            "facts": "\n".join(self._tell(row, text) for row in events.to_dict("records")),
            "opt_out_url": url or "",
        }
        # texts to phones have no subject, or one of a few letters
        subject = text.subject.format(sender=self.sender.name) if has_subject else None
        return written | {"subject": subject, "body": text.body.strip().format(**filled)}

    def _tell(self, event: dict[Any, Any], text: NoticeText) -> str:
        line = text.consent if event["event"] == "consent" else text.withdrawal
        words = text.language.split("-")[0]
        media, purposes = (known.get(words, known["en"]) for known in (_MEDIA, _PURPOSES))
        what = purposes.get(event["purpose"], event["purpose"])
        day = event["since"].tz_convert(get_zone(self.duty.zone or "UTC")).date()
        return (line or "").format(
            date=day.isoformat(),
            medium=media.get(event["channel"], event["channel"]),
            what=f"{what} ({event['topic']})" if event["topic"] else what,
        )


def _choose(texts: Sequence[NoticeText], locale: str | None) -> NoticeText:
    """Give the text in the language of *locale*, else the first."""
    language = (locale or "").replace("_", "-").lower().split("-")[0]
    spoken = {text.language.lower().split("-")[0]: text for text in reversed(texts)}
    return spoken.get(language, texts[0])


def _count(n: int) -> str:
    return "1 event" if n == 1 else f"{n} events"
