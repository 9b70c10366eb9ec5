"""Whether somebody may read our metrics: the cluster knows who they are, and what they may do."""

import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from enum import Enum
from threading import BoundedSemaphore, Lock

import msgspec

from cluster.client import Client
from cluster.errors import ClusterError
from cluster.resources import SUBJECT_ACCESS_REVIEWS, Resource

log = logging.getLogger(__name__)

TOKEN_REVIEWS = Resource("authentication.k8s.io", "v1", "tokenreviews")
RIGHTS = (
    {"apiGroups": ["authentication.k8s.io"], "resources": ["tokenreviews"], "verbs": ["create"]},
    {
        "apiGroups": ["authorization.k8s.io"],
        "resources": ["subjectaccessreviews"],
        "verbs": ["create"],
    },
)
"""The rules of RBAC that this needs, in the whole cluster."""
PATH = "/metrics"
GRANTED_SECONDS = 60.0
REFUSED_SECONDS = 10.0
REMEMBERED = 256
MOST_AT_ONCE = 4
"""Questions to the cluster: strangers can make us ask, but not flood it."""
ASK_SECONDS = 5.0
LONGEST_TOKEN = 16 * 1024


class Verdict(Enum):
    """What becomes of a request."""

    GRANTED = 200
    UNKNOWN = 401
    """Nobody knows who asks."""
    REFUSED = 403
    """The cluster knows, and says no."""
    UNDECIDED = 503
    """The cluster did not answer."""


class User(msgspec.Struct, frozen=True):
    """Who somebody is."""

    username: str = ""
    uid: str = ""
    groups: list[str] | None = None
    extra: dict[str, list[str]] | None = None


class _TokenStatus(msgspec.Struct, frozen=True):
    authenticated: bool = False
    user: User = User()


class _TokenReview(msgspec.Struct, frozen=True):
    status: _TokenStatus = _TokenStatus()


class _AccessStatus(msgspec.Struct, frozen=True):
    allowed: bool = False


class _AccessReview(msgspec.Struct, frozen=True):
    status: _AccessStatus = _AccessStatus()


class Permission:
    """Asks the cluster about each token now and then; threads share it."""

    def __init__(self, client: Client, clock: Callable[[], float] = time.monotonic) -> None:
        """Ask through *client*."""
        self._client = client
        self._clock = clock
        self._lock = Lock()
        self._slots = BoundedSemaphore(MOST_AT_ONCE)
        self._known: OrderedDict[bytes, tuple[float, Verdict]] = OrderedDict()

    def verdict(self, token: str) -> Verdict:
        """Return whether the bearer of *token* may read the metrics."""
        if not token or len(token) > LONGEST_TOKEN:
            return Verdict.UNKNOWN
        key = hashlib.sha256(token.encode(errors="replace")).digest()  # we keep no tokens
        known = self._recalled(key)
        if known is not None:
            return known
        if not self._slots.acquire(timeout=ASK_SECONDS):
            return Verdict.UNDECIDED
        try:
            return self._kept(key, self._asked(token))
        except ClusterError as error:
            log.warning("cannot ask who may read metrics", extra={"reason": str(error)})
            return Verdict.UNDECIDED
        finally:
            self._slots.release()

    def _recalled(self, key: bytes) -> Verdict | None:
        with self._lock:
            until, verdict = self._known.get(key, (0.0, None))
        return verdict if self._clock() < until else None

    def _kept(self, key: bytes, verdict: Verdict) -> Verdict:
        seconds = GRANTED_SECONDS if verdict is Verdict.GRANTED else REFUSED_SECONDS
        with self._lock:
            self._known[key] = (self._clock() + seconds, verdict)
            self._known.move_to_end(key)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return verdict

    def _asked(self, token: str) -> Verdict:
        review = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenReview",
            "spec": {"token": token},
        }
        told = self._client.create(TOKEN_REVIEWS, None, review, _TokenReview, timeout=ASK_SECONDS)
        if not told.status.authenticated:
            return Verdict.UNKNOWN
        return Verdict.GRANTED if self._may_read(told.status.user) else Verdict.REFUSED

    def _may_read(self, user: User) -> bool:
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": user.username,
                "uid": user.uid,
                "groups": user.groups or [],
                "extra": user.extra or {},
                "nonResourceAttributes": {"verb": "get", "path": PATH},
            },
        }
        answer = self._client.create(
            SUBJECT_ACCESS_REVIEWS, None, review, _AccessReview, timeout=ASK_SECONDS
        )
        return answer.status.allowed
