"""Whether native sidecars run everywhere in the cluster: on every kubelet, and on the API server.

A kubelet that is older than the API server rejects such a Pod, so the API server alone tells
nothing. SidecarContainers is there since 1.28, and on without being asked for since 1.29.
"""

import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock, Thread

import msgspec

from cluster.client import Client
from cluster.decoding import Broken, decode
from cluster.errors import ClusterError, Forbidden
from cluster.objects import Metadata
from cluster.resources import NODES

log = logging.getLogger(__name__)

SINCE = (1, 29)
NEED = "native sidecars need 1.29"
LINUX = "linux"
RIGHTS = ({"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]},)
"""The rules of RBAC that this needs; without them the answer is that nothing is known."""
FRESH_SECONDS = 60.0
"""Nodes come and go in minutes, and an upgrade of all takes hours."""
RETRY_SECONDS = 10.0
FIRST_SECONDS = 1.0
"""For each of two requests; somebody waits for the first answer."""
LATER_SECONDS = 10.0
"""Nobody waits for those."""


@dataclass(frozen=True)
class Support:
    """What is known of native sidecars."""

    native: bool | None
    """Whether they run on every Linux node; None when that is unknown."""
    reason: str
    """Why it is so, as a sentence without its full stop."""


class Info(msgspec.Struct, frozen=True, rename="camel"):
    """What a kubelet tells of itself; nothing before it has reported."""

    kubelet_version: str = ""
    operating_system: str = ""


class Status(msgspec.Struct, frozen=True, rename="camel"):
    """The part of a Node's status that is read."""

    node_info: Info = Info()


class Node(msgspec.Struct, frozen=True):
    """A Node, as far as it matters here."""

    metadata: Metadata = Metadata()
    status: Status = Status()


class Version(msgspec.Struct, frozen=True, rename="camel"):
    """The version of the API server."""

    git_version: str


class Nodes:
    """What the cluster's Nodes can do, asked for every now and then; threads may share it."""

    def __init__(
        self,
        client: Client,
        fresh: float = FRESH_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask through *client*; an answer is good for *fresh* seconds."""
        self._client = client
        self._fresh = fresh
        self._clock = clock
        self._asking = Lock()
        self._known: Support | None = None
        self._again = 0.0
        self._is_cut_off = False

    def native_sidecars(self) -> Support:
        """Return what is known.

        The first caller waits for the answer, for about two seconds at most. Later ones get what
        was known before, while a newer answer is fetched behind their backs.
        """
        if self._known is None:
            with self._asking:
                return self._known or self._ask(FIRST_SECONDS)
        if self._clock() >= self._again and self._asking.acquire(blocking=False):
            try:
                Thread(target=self._ask_and_let_go, daemon=True, name="nodes").start()
            except RuntimeError:  # the program is ending
                self._asking.release()
        return self._known

    def _ask_and_let_go(self) -> None:
        try:
            self._ask(LATER_SECONDS)
        finally:
            self._asking.release()

    def _ask(self, timeout: float) -> Support:
        try:
            found, wait = self._asked(timeout), self._fresh
            self._is_cut_off = False
        except ClusterError as error:
            found, wait = self._unknown(error), min(RETRY_SECONDS, self._fresh)
        if self._known is None or found.native is not self._known.native:
            extra = {"native": found.native, "reason": found.reason}
            log.info("looked whether native sidecars run", extra=extra)
        self._known, self._again = found, self._clock() + wait
        return found

    def _asked(self, timeout: float) -> Support:
        doing = "GET /version"
        answer = self._client.connection.request("GET", "/version", timeout=timeout)
        version = decode(answer, Version, doing).git_version
        nodes = self._client.list(NODES, None, Node, timeout=timeout)
        return judged(version, nodes.items, nodes.broken)

    def _unknown(self, error: ClusterError) -> Support:
        """Return the last answer, which an interruption does not make wrong."""
        if isinstance(error, Forbidden):
            return Support(None, f"nobody may tell us which kubelets there are: {error}")
        if self._known is not None and self._known.native is not None:
            if not self._is_cut_off:
                log.warning("cannot look at the nodes", extra={"reason": str(error)})
            self._is_cut_off = True
            return self._known
        return Support(None, f"the cluster does not tell which kubelets there are: {error}")


def judged(version: str, nodes: Sequence[Node], broken: Sequence[Broken] = ()) -> Support:
    """Return what an API server of *version* and its *nodes* can do together."""
    if not _has_them(version):
        return Support(False, f"the API server is {version}, and {NEED}")
    eligible = [node for node in nodes if _is_eligible(node.status.node_info)]
    lacking = [
        f"{node.metadata.name} is {node.status.node_info.kubelet_version}"
        for node in eligible
        if not _has_them(node.status.node_info.kubelet_version)
    ]
    if lacking:
        others = f" ({len(lacking) - 1} more are like it)" if lacking[1:] else ""
        return Support(False, f"the kubelet of node {lacking[0]}, and {NEED}{others}")
    if broken:
        return Support(None, f"node {broken[0].metadata.name} is unreadable: {broken[0].problem}")
    if not eligible:
        return Support(None, "there is no Linux node yet")
    return Support(True, "the API server and every Linux node's kubelet are 1.29 or newer")


def _is_eligible(info: Info) -> bool:
    """Say whether Pods can land there: a Node may be registered long before its kubelet starts."""
    return info.kubelet_version != "" and info.operating_system in ("", LINUX)


def _has_them(version: str) -> bool:
    """Say whether a version such as v1.29.3-gke.100 has native sidecars switched on."""
    found = re.match(r"v?(\d+)\.(\d+)", version)
    return found is not None and (int(found[1]), int(found[2])) >= SINCE
