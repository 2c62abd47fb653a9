"""The law as data: who may be written to, when, and what the message must say.

This is not legal advice.  The files in ``policies/data`` say in crmlib's own
words what their sources say, and mark each source as read in the text of the
law or as second-hand.  Read them, ask somebody who knows, and put a file of
your own beside them or in their place.

Examples
--------
>>> from crmlib import policies
>>> rule = policies.load("KR").rule("sms", "advertising")
>>> rule.consent
<ConsentKind.OPT_IN: 'opt-in'>
>>> print(*rule.quiet_hours)
21:00 to 08:00 Asia/Seoul, from 10 minutes before, without consent for the night
>>> print(rule.quiet_hours[0].citations[0])
KR Network Act art. 50(3)
"""

from crmlib.policies._citation import Citation
from crmlib.policies._consent_kind import ConsentKind
from crmlib.policies._consent_verdicts import consent_verdicts
from crmlib.policies._dress import Dress
from crmlib.policies._duty import Duty, DutyKind
from crmlib.policies._jurisdiction import Jurisdiction
from crmlib.policies._last_words import last_words
from crmlib.policies._list_duties import list_duties
from crmlib.policies._load import list_jurisdictions, load
from crmlib.policies._missing_words import find_missing_words
from crmlib.policies._notice_text import NoticeText
from crmlib.policies._opt_out_words import OptOutWords, is_opt_out_reply
from crmlib.policies._policy import Policy
from crmlib.policies._policy_rule import PolicyRule
from crmlib.policies._quiet_hours import QuietHours
from crmlib.policies._send_cap import SendCap
from crmlib.policies._wording import Wording

__all__ = [
    "Citation",
    "ConsentKind",
    "Dress",
    "Duty",
    "DutyKind",
    "Jurisdiction",
    "NoticeText",
    "OptOutWords",
    "Policy",
    "PolicyRule",
    "QuietHours",
    "SendCap",
    "Wording",
    "consent_verdicts",
    "find_missing_words",
    "is_opt_out_reply",
    "last_words",
    "list_duties",
    "list_jurisdictions",
    "load",
]
