"""`requestState`: what a client carries from a question to its answer, sealed against changes."""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass

import msgspec
from msgspec import Raw

from adapter import jsonrpc

LONGEST = 1024
"""Bytes; ours are far shorter."""
ALGORITHM = "sha256"
VOLATILE = frozenset({"_meta", "inputResponses", "requestState"})
"""Parameters that differ between a request and the one that continues it."""


class Unsealed(ValueError):
    """A state that we have not given out, or not for this request, or too long ago."""


class _Written(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    call: int
    round: int
    expires: int
    digest: str


@dataclass(frozen=True)
class Handle:
    """Which call goes on, and with which round of questions; call 0 begins anew."""

    call: int
    round: int


class Seals:
    """Seals and opens states with a key that ends with this process: no other knows the calls."""

    def __init__(self) -> None:
        """Make a key."""
        self._key = secrets.token_bytes(32)

    def sealed(self, handle: Handle, digest: str, expires: float) -> str:
        """Return the state for *handle*, good for one request until *expires*."""
        inside = msgspec.json.encode(_Written(handle.call, handle.round, int(expires), digest))
        return base64.urlsafe_b64encode(self._mark(inside) + inside).decode()

    def opened(self, state: object, digest: str, now: float) -> Handle:
        """Return what *state* stands for; raise Unsealed when it is not good for this request."""
        if not isinstance(state, str) or len(state) > LONGEST or not state.isascii():
            raise Unsealed("requestState is none of ours")
        try:
            sealed = base64.b64decode(state, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise Unsealed("requestState is none of ours") from error
        mark, inside = sealed[:32], sealed[32:]
        if not hmac.compare_digest(mark, self._mark(inside)):
            raise Unsealed("requestState was changed, or given out by another instance")
        written = msgspec.json.decode(inside, type=_Written)
        if now > written.expires:
            raise Unsealed("requestState has expired")
        if not hmac.compare_digest(written.digest, digest):
            raise Unsealed("requestState belongs to another request")
        return Handle(written.call, written.round)

    def _mark(self, inside: bytes) -> bytes:
        return hmac.digest(self._key, inside, ALGORITHM)


def digest(method: str, params: dict[str, Raw], principal: str | None) -> str:
    """Return what a request and its continuation have in common, whatever their members' order."""
    steady = {key: jsonrpc.value(params[key]) for key in params if key not in VOLATILE}
    spelled = msgspec.json.encode((method, steady, principal), order="sorted")
    return hashlib.sha256(spelled).hexdigest()
