"""How messages leave: at most once each, nothing lost, and the books to prove it.

The promises, each with its test in ``tests/delivery``:

1. One message per campaign and endpoint, kept by the database itself.
2. No byte leaves without a claim that is on the disk, with the hash of the
   payload and the key of the message.
3. Suppressions and consents, as far as they are recorded in the ledger, and
   quiet hours are asked again in the transaction of the claim.
4. Tried again is only what is known not to have been taken.
5. What may have been taken is ``unknown`` and never sent again by itself,
   except under a key that the provider still knows; a delivery report
   settles it (:func:`record_reports`), or a person who has found out what
   became of it, with :meth:`Ledger.resolve`.
6. Planned = the sum of all states; "finished" is computed from these counts.
7. Every message has a last moment; a copied or restored ledger is refused.
8. One outcome per recipient; one that is missing in an answer is ``unknown``.
"""

from crmlib.delivery._answers import Answer, find_answer, list_answers, record_answers
from crmlib.delivery._audit_log import list_actions
from crmlib.delivery._campaign_control import (
    CanaryStage,
    cancel_campaign,
    pause_campaign,
    resume_campaign,
)
from crmlib.delivery._campaign_progress import CampaignProgress
from crmlib.delivery._channel_settings import open_channel
from crmlib.delivery._clock import utc_now
from crmlib.delivery._deliver import deliver
from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._delivery_summary import DeliverySummary
from crmlib.delivery._find_refusals import find_refusals
from crmlib.delivery._keep_delivering import keep_delivering
from crmlib.delivery._ledger import Ledger
from crmlib.delivery._linked_recipient import LinkedRecipient, find_recipient
from crmlib.delivery._list_ended import list_ended
from crmlib.delivery._list_engagements import list_engagements
from crmlib.delivery._list_notices import list_consents, list_notices
from crmlib.delivery._list_recipients import list_recipients, stream_recipients
from crmlib.delivery._list_sends import list_sends
from crmlib.delivery._look_up import LookUpSummary, look_up_unknown
from crmlib.delivery._queue import QueuedPlan, enqueue_plan, list_queued
from crmlib.delivery._read_progress import read_progress
from crmlib.delivery._record_reports import record_reports
from crmlib.delivery._recorded_reports import RecordedReports
from crmlib.delivery._requests import close_request, list_requests, request_erasure
from crmlib.delivery._resend import count_resendable, resend
from crmlib.delivery._send_test import send_test
from crmlib.delivery._soft_bounce_rule import SoftBounceRule
from crmlib.delivery._verify_delivery import verify_delivery
from crmlib.delivery._work import work

__all__ = [
    "Answer",
    "CampaignProgress",
    "CanaryStage",
    "DeliveryState",
    "DeliverySummary",
    "Ledger",
    "LinkedRecipient",
    "LookUpSummary",
    "QueuedPlan",
    "RecordedReports",
    "SoftBounceRule",
    "cancel_campaign",
    "close_request",
    "count_resendable",
    "deliver",
    "enqueue_plan",
    "find_answer",
    "find_recipient",
    "find_refusals",
    "keep_delivering",
    "list_actions",
    "list_answers",
    "list_consents",
    "list_ended",
    "list_engagements",
    "list_notices",
    "list_queued",
    "list_recipients",
    "list_requests",
    "list_sends",
    "look_up_unknown",
    "open_channel",
    "pause_campaign",
    "read_progress",
    "record_answers",
    "record_reports",
    "request_erasure",
    "resend",
    "resume_campaign",
    "send_test",
    "stream_recipients",
    "utc_now",
    "verify_delivery",
    "work",
]
