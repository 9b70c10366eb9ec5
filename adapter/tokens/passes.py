"""Credentials that were found good, so that they are not judged anew with each request."""

import hashlib
from collections import OrderedDict

MOST = 4096


class Passes:
    """Who showed which credential, until when; the tokens themselves are not kept."""

    def __init__(self, most: int = MOST) -> None:
        """Keep *most*; the one that was not used for longest goes first."""
        self._most = most
        self._known: OrderedDict[bytes, tuple[str, float]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many are kept."""
        return len(self._known)

    def find(self, credential: bytes, now: float) -> str | None:
        """Return who showed *credential* before, None when it must be judged."""
        key = hashlib.sha256(credential).digest()
        found = self._known.get(key)
        if found is None:
            return None
        if found[1] <= now:
            del self._known[key]
            return None
        self._known.move_to_end(key)
        return found[0]

    def keep(self, credential: bytes, principal: str, until: float) -> None:
        """Remember that *credential* is good until then."""
        if len(self._known) >= self._most:
            self._known.popitem(last=False)
        self._known[hashlib.sha256(credential).digest()] = principal, until

    def clear(self) -> None:
        """Forget all: the keys behind them have changed."""
        self._known.clear()
