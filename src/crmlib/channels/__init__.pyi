from ._console_channel import ConsoleChannel as ConsoleChannel
from ._file_channel import FileChannel as FileChannel
from ._http_reply import HttpReply as HttpReply
from ._http_transport import HttpTransport as HttpTransport
from ._memory_channel import MemoryChannel as MemoryChannel
from ._one_by_one import Sent as Sent
from ._one_by_one import receipt_of as receipt_of
from ._one_by_one import send_each as send_each
from ._provider_words import plain_words as plain_words
from ._registry import list_channels as list_channels
from ._registry import load_channel as load_channel
from ._secret import Secret as Secret
from ._smtp_channel import SmtpChannel as SmtpChannel
from ._supported import require_supported as require_supported
from ._webhook_channel import WebhookChannel as WebhookChannel
from ._webhook_channel import WebhookSmsChannel as WebhookSmsChannel

__all__ = [
    "ConsoleChannel",
    "FileChannel",
    "HttpReply",
    "HttpTransport",
    "MemoryChannel",
    "Secret",
    "Sent",
    "SmtpChannel",
    "WebhookChannel",
    "WebhookSmsChannel",
    "list_channels",
    "load_channel",
    "plain_words",
    "receipt_of",
    "require_supported",
    "send_each",
]
