from ._apprise_channel import AppriseChannel as AppriseChannel
from ._console_channel import ConsoleChannel as ConsoleChannel
from ._delivery_report import UNSIGNED_MAIL as UNSIGNED_MAIL
from ._delivery_report import DeliveryReport as DeliveryReport
from ._fcm_channel import FcmChannel as FcmChannel
from ._file_channel import FileChannel as FileChannel
from ._http_reply import HttpReply as HttpReply
from ._http_transport import HttpTransport as HttpTransport
from ._mail_reports import read_mail_report as read_mail_report
from ._mailbox_files import read_mailbox as read_mailbox
from ._memory_channel import MemoryChannel as MemoryChannel
from ._nhncloud_alimtalk_channel import NhnCloudAlimtalkChannel as NhnCloudAlimtalkChannel
from ._nhncloud_brand_channel import NhnCloudBrandChannel as NhnCloudBrandChannel
from ._nhncloud_channel import NhnCloudChannel as NhnCloudChannel
from ._nhncloud_reports import read_nhncloud_reports as read_nhncloud_reports
from ._one_by_one import Sent as Sent
from ._one_by_one import receipt_of as receipt_of
from ._one_by_one import send_each as send_each
from ._provider_words import plain_words as plain_words
from ._registry import list_channels as list_channels
from ._registry import load_channel as load_channel
from ._report_batch import ReportBatch as ReportBatch
from ._report_kind import ReportKind as ReportKind
from ._secret import Secret as Secret
from ._sens_channel import SensChannel as SensChannel
from ._set_aside_report import SetAsideReport as SetAsideReport
from ._slack_channel import SlackChannel as SlackChannel
from ._smtp_channel import SmtpChannel as SmtpChannel
from ._solapi_alimtalk_channel import SolapiAlimtalkChannel as SolapiAlimtalkChannel
from ._solapi_brand_channel import SolapiBrandChannel as SolapiBrandChannel
from ._solapi_channel import SolapiChannel as SolapiChannel
from ._solapi_reports import read_solapi_reports as read_solapi_reports
from ._supported import require_supported as require_supported
from ._twilio_channel import TwilioChannel as TwilioChannel
from ._twilio_channel import TwilioWhatsAppChannel as TwilioWhatsAppChannel
from ._twilio_reports import read_twilio_report as read_twilio_report
from ._webhook_channel import WebhookChannel as WebhookChannel
from ._webhook_channel import WebhookSmsChannel as WebhookSmsChannel

__all__ = [
    "UNSIGNED_MAIL",
    "AppriseChannel",
    "ConsoleChannel",
    "DeliveryReport",
    "FcmChannel",
    "FileChannel",
    "HttpReply",
    "HttpTransport",
    "MemoryChannel",
    "NhnCloudAlimtalkChannel",
    "NhnCloudBrandChannel",
    "NhnCloudChannel",
    "ReportBatch",
    "ReportKind",
    "Secret",
    "SensChannel",
    "Sent",
    "SetAsideReport",
    "SlackChannel",
    "SmtpChannel",
    "SolapiAlimtalkChannel",
    "SolapiBrandChannel",
    "SolapiChannel",
    "TwilioChannel",
    "TwilioWhatsAppChannel",
    "WebhookChannel",
    "WebhookSmsChannel",
    "list_channels",
    "load_channel",
    "plain_words",
    "read_mail_report",
    "read_mailbox",
    "read_nhncloud_reports",
    "read_solapi_reports",
    "read_twilio_report",
    "receipt_of",
    "require_supported",
    "send_each",
]
