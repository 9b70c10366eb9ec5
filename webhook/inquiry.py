"""Questions to the API server while a request waits: short, few, and never the reason to refuse."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

import msgspec

from cluster.client import Client
from cluster.errors import ClusterError
from cluster.resources import REFERRED, SUBJECT_ACCESS_REVIEWS
from webhook.review import User

log = logging.getLogger(__name__)

REMEMBERED_SECONDS = 10.0
REMEMBERED = 1000
BUDGET_SECONDS = 1.5
"""All questions about one request together."""
RESERVE_SECONDS = 0.5
"""What is left of the API server's patience for our own answer."""

Question = tuple[str, str, str, str]


class _Status(msgspec.Struct):
    allowed: bool = False


class _AccessReview(msgspec.Struct):
    status: _Status = msgspec.field(default_factory=_Status)


class Memory:
    """Who may do what, as we heard it a moment ago; threads share it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Forget by *clock*."""
        self._clock = clock
        self._lock = Lock()
        self._known: OrderedDict[Question, tuple[float, bool]] = OrderedDict()

    def recall(self, question: Question) -> bool | None:
        """Return the answer, unless it is too old."""
        with self._lock:
            heard, answer = self._known.get(question, (0.0, None))
        return answer if answer is not None and self._clock() < heard + REMEMBERED_SECONDS else None

    def keep(self, question: Question, answer: bool) -> None:
        """Remember the answer in the place of the oldest one."""
        with self._lock:
            self._known[question] = (self._clock(), answer)
            self._known.move_to_end(question)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)


class Inquiry:
    """What one request may ask, until its time is up."""

    def __init__(self, client: Client, memory: Memory, deadline: float) -> None:
        """Ask through *client*; *deadline* is when the API server stops waiting for us."""
        self._client = client
        self._memory = memory
        self._end = min(deadline - RESERVE_SECONDS, time.monotonic() + BUDGET_SECONDS)

    def may(self, user: User, verb: str, resource: str, namespace: str) -> bool | None:
        """Say whether somebody has a right; None when the cluster did not say in time."""
        question = (_identity(user), verb, resource, namespace)
        known = self._memory.recall(question)
        if known is not None:
            return known
        spec = {
            "user": user.username,
            "uid": user.uid,
            "groups": user.groups or [],
            "extra": user.extra or {},
            "resourceAttributes": {"verb": verb, "resource": resource, "namespace": namespace},
        }
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview"}
        answer = self._asked(
            lambda seconds: (
                self._client.create(
                    SUBJECT_ACCESS_REVIEWS,
                    None,
                    {**body, "spec": spec},
                    _AccessReview,
                    timeout=seconds,
                ).status.allowed
            )
        )
        if answer is not None:
            self._memory.keep(question, answer)
        return answer

    def exists(self, kind: str, namespace: str, name: str) -> bool | None:
        """Say whether there is such an object; None when the cluster did not say in time."""
        return self._asked(
            lambda seconds: self._client.exists(REFERRED[kind], namespace, name, timeout=seconds)
        )

    def _asked(self, question: Callable[[float], bool]) -> bool | None:
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            return None
        try:
            return question(seconds)
        except ClusterError as error:
            log.info("the cluster did not answer a question", extra={"error": str(error)})
            return None


def _identity(user: User) -> str:
    """Return all of a user that an authorizer may look at."""
    return msgspec.json.encode([user.username, user.uid, user.groups, user.extra]).decode()
