"""HMAC by its definition, apart from the one that is tested."""

import hashlib


def hmac_sha256(key: bytes, text: bytes) -> bytes:
    """Compute RFC 2104 by its definition, apart from Python's hmac."""
    padded = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded) + text).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in padded) + inner).digest()
