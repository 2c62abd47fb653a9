from ._console_channel import ConsoleChannel as ConsoleChannel
from ._file_channel import FileChannel as FileChannel
from ._memory_channel import MemoryChannel as MemoryChannel
from ._registry import list_channels as list_channels
from ._registry import load_channel as load_channel
from ._smtp_channel import SmtpChannel as SmtpChannel
from ._supported import require_supported as require_supported

__all__ = [
    "ConsoleChannel",
    "FileChannel",
    "MemoryChannel",
    "SmtpChannel",
    "list_channels",
    "load_channel",
    "require_supported",
]
