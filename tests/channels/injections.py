"""What somebody might write to forge a header, a recipient or a message."""

FORGED = [
    "x\nBcc: eve@example.com",
    "x\r\nBcc: eve@example.com",
    "x\rBcc: eve@example.com",
    "x\0y",
    "x\x0bBcc: eve@example.com",
    "x\x0cy",
    "x\x1cy",
    "x\x7fy",
    "x\x85Bcc: eve@example.com",
    "x\x9by",
    "x\u2028Bcc: eve@example.com",
    "x\u2029y",
    "x\u202ey",
    "=?utf-8?q?=E2=80=AEx?=",
    "x\ty",
    "x\ud800y",
    "😀=?UTF-8?Q?=0A?=Bcc: eve@example.com",
    "=?utf-8?q?=0D=0ABcc:_eve@example.com?=",
    "=?utf-8?b?DQpCY2M6IGV2ZUBleGFtcGxlLmNvbQ==?=",
    "=?utf-8?b?Cg?=",
    "=?utf-8*en?q?=0a?=",
    "=?utf-7?q?+AAo-?=",
    "=?utf-8?q?=E2=80=A8?=",
    "=?utf-8?q?=3D=3Futf-8=3Fq=3F=3D0A=3F=3D?=",
    "=?no-such-charset?q?x?=",
    "=?utf-8?q?=ff?=",
    "=?utf-8?b?=ff?=",
    "=?utf-8?q?한글?=",
]
"""Texts that are refused wherever they would stand in a header."""

FORGED_ADDRESSES = [
    "a@example.com\nBcc: eve@example.com",
    "a@example.com, eve@example.com",
    "a@example.com> SIZE=1\r\nRCPT TO:<eve@example.com",
    "Mina <a@example.com>",
    "a b@example.com",
    "a@b@example.com",
    '"a\nb"@example.com',
    "a\u2028@example.com",
    "a\ud800@example.com",
    "@example.com",
    "mina@",
    "a@exa mple.com",
]
"""What is not exactly one address."""

HARMLESS = [
    "Bcc: eve@example.com",
    "RCPT TO:<eve@example.com>",
    "세일 😀 Bcc: eve@example.com",
    '"eve@example.com", <eve@example.com>',
    "eve@example.com, (c) [d] \\",
    "x" * 300 + " Bcc: eve@example.com",
    "가" * 100 + " =? Bcc: eve@example.com",
    ".",
]
"""Texts that look so and are sent as they read."""
