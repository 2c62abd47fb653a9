"""The keys that sign certificates, and those that once did."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import attrs

from crmlib.durability import write_durably
from crmlib.exceptions import InvalidParameterError, UnknownNameError, UnreadableFileError
from crmlib.warranty._extra import load

if TYPE_CHECKING:
    import os

_KEY_ID_LENGTH = 11
_WAY_OUT = "give the file that KeyRing.save wrote"


class KeyState(StrEnum):
    """What a key may do.

    Examples
    --------
    >>> [str(state) for state in KeyState]
    ['signing', 'verifying', 'withdrawn']
    """

    SIGNING = "signing"
    VERIFYING = "verifying"
    WITHDRAWN = "withdrawn"


@attrs.frozen(kw_only=True)
class WarrantyKey:
    """One Ed25519 key.

    Parameters
    ----------
    key_id : str
        The beginning of the key's thumbprint (RFC 7638).
    public : str
        Its public half, base64url.
    state : KeyState
        What it may do.
    private : str, optional
        Its private half; only the signing key has one.
    """

    key_id: str
    public: str
    state: KeyState = attrs.field(converter=KeyState)
    private: str | None = attrs.field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        if (self.private is not None) != (self.state is KeyState.SIGNING):
            raise InvalidParameterError(
                "private", "…", "there for the signing key and for no other"
            )

    def as_jwk(self, *, private: bool = False) -> dict[str, str]:
        """Give the key as a JSON Web Key (RFC 8037)."""
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": self.public, "kid": self.key_id}
        if private and self.private is not None:
            jwk["d"] = self.private
        return jwk


@attrs.frozen(kw_only=True)
class KeyRing:
    """Keys of one issuer: one signs, all that were not withdrawn verify.

    A ring is never changed: :meth:`rotate` and :meth:`withdraw` give a new one.

    Parameters
    ----------
    keys : tuple of WarrantyKey
        The newest first; the first one signs, and no other.

    Raises
    ------
    InvalidParameterError
        If not exactly the first key signs, or two keys have one id.

    Examples
    --------
    >>> ring = KeyRing.generate()
    >>> later = ring.rotate()
    >>> [str(key.state) for key in later.keys]
    ['signing', 'verifying']
    >>> later.keys[1].private is None
    True
    """

    keys: tuple[WarrantyKey, ...]

    def __attrs_post_init__(self) -> None:
        signing = [key.state is KeyState.SIGNING for key in self.keys]
        if signing != [True, *[False] * (len(signing) - 1)]:
            raise InvalidParameterError(
                "keys", signing, "one key that signs, then those that do not"
            )
        if len({key.key_id for key in self.keys}) < len(self.keys):
            raise InvalidParameterError(
                "keys", [key.key_id for key in self.keys], "of distinct ids"
            )

    @classmethod
    def generate(cls) -> Self:
        """Make a ring with one new key.

        Raises
        ------
        MissingExtraError
            If ``crmlib[warranty]`` is not installed.
        """
        return cls(keys=(_make_key(),))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read the ring that :meth:`save` wrote.

        Raises
        ------
        UnreadableFileError
            If it is no such file; the text repeats nothing of it.
        """
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
            return cls(keys=tuple(_read_key(jwk) for jwk in content["keys"]))
        except (ValueError, KeyError, TypeError) as error:
            problem = f"it is no key ring ({type(error).__name__})"
            raise UnreadableFileError(str(path), problem, _WAY_OUT) from None

    @property
    def signing(self) -> WarrantyKey:
        """The key that signs."""
        return self.keys[0]

    def find(self, key_id: str) -> WarrantyKey | None:
        """Give the key of that id, if there is one."""
        return next((key for key in self.keys if key.key_id == key_id), None)

    def rotate(self) -> KeyRing:
        """Sign with a new key from now on; what the older ones signed stays good.

        The private half of the key that signed until now is forgotten, so
        nobody can sign with it again.
        """
        retired = attrs.evolve(self.signing, state=KeyState.VERIFYING, private=None)
        return KeyRing(keys=(_make_key(), retired, *self.keys[1:]))

    def withdraw(self, key_id: str) -> KeyRing:
        """Refuse from now on whatever that key has signed, because it leaked.

        If it is the key that signs, a new one takes its place.

        Raises
        ------
        UnknownNameError
            If there is no such key.
        """
        if self.find(key_id) is None:
            raise UnknownNameError("key", key_id, [key.key_id for key in self.keys])
        ring = self.rotate() if key_id == self.signing.key_id else self
        return KeyRing(
            keys=tuple(
                attrs.evolve(key, state=KeyState.WITHDRAWN) if key.key_id == key_id else key
                for key in ring.keys
            )
        )

    def public_jwks(self) -> dict[str, list[dict[str, str]]]:
        """Give the keys that verify as a JSON Web Key Set, to publish: no private half."""
        return {"keys": [key.as_jwk() for key in self.keys if key.state is not KeyState.WITHDRAWN]}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the ring, private half and all, to a file that its owner alone may read.

        Raises
        ------
        OSError
            If the folder is missing or the disk is full.
        """
        keys = [{**key.as_jwk(private=True), "state": key.state.value} for key in self.keys]
        with write_durably(Path(path)) as file:
            file.write(json.dumps({"keys": keys}, indent=2).encode("ascii"))


def _make_key() -> WarrantyKey:
    made = load("joserfc.jwk").OKPKey.generate_key("Ed25519", private=True)
    halves = made.as_dict(private=True)
    return WarrantyKey(
        key_id=made.thumbprint()[:_KEY_ID_LENGTH],
        public=halves["x"],
        private=halves["d"],
        state=KeyState.SIGNING,
    )


def _read_key(jwk: dict[str, Any]) -> WarrantyKey:
    """Read one key; its id is its own thumbprint, so that halves cannot be mixed up."""
    key = WarrantyKey(key_id=jwk["kid"], public=jwk["x"], private=jwk.get("d"), state=jwk["state"])
    read = load("joserfc.jwk").OKPKey.import_key(key.as_jwk(private=True))
    raw = urlsafe_b64encode(read.public_key.public_bytes_raw()).rstrip(b"=").decode()
    if raw != key.public:  # the private half tells the public one, where there is one
        raise InvalidParameterError("x", "…", "the public half of the key")
    if read.thumbprint()[:_KEY_ID_LENGTH] != key.key_id:
        raise InvalidParameterError("kid", "…", "the beginning of the key's thumbprint")
    return key
