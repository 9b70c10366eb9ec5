"""MCPServers as the command line sees them: read from a cluster, said in words."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kinds.names import INSTANCE_LABEL, KIND
from kinds.reading import Fields, items, number, text
from kmcp.reach import SECONDS, Place, our_trouble
from kmcp.trouble import Code, Trouble

if TYPE_CHECKING:
    from kmcp.talk import Talk

ABSENT = "no kind MCPServer is there: install kmcp in this cluster first"


def listed(where: Place, namespace: str | None) -> list[Fields]:
    """Return all servers of a namespace, or of all."""
    from cluster.client import Client
    from cluster.connection import connect
    from cluster.errors import NotFound
    from cluster.resources import MCPSERVERS

    with our_trouble():
        client = Client(connect(where.kubeconfig, where.context))
        try:
            found = client.list(MCPSERVERS, namespace, dict[str, Any], timeout=SECONDS)
        except NotFound as error:
            raise Trouble(ABSENT, Code.MISSING) from error
    return sorted(found.items, key=_key)


def read(where: Place, namespace: str, name: str) -> Fields:
    """Return one server."""
    from cluster.client import Client
    from cluster.connection import connect
    from cluster.errors import NotFound
    from cluster.resources import MCPSERVERS

    with our_trouble():
        client = Client(connect(where.kubeconfig, where.context))
        try:
            return client.get(MCPSERVERS, namespace, name, dict[str, Any], SECONDS)
        except NotFound as error:
            raise Trouble(_nowhere(where, namespace, name), Code.MISSING) from error


def pods(where: Place, namespace: str, name: str) -> list[Fields]:
    """Return the Pods of a server, the youngest first."""
    from cluster.client import Client
    from cluster.connection import connect
    from cluster.resources import PODS

    with our_trouble():
        client = Client(connect(where.kubeconfig, where.context))
        selector = f"{INSTANCE_LABEL}={name}"
        found = client.list(PODS, namespace, dict[str, Any], selector, SECONDS).items
    return sorted(found, key=lambda one: text(one, "metadata", "creationTimestamp"), reverse=True)


@contextmanager
def talk(where: Place, namespace: str, name: str, seconds: float) -> "Generator[Talk]":
    """Lend a session with a deployed server."""
    from cluster.connection import connect
    from kmcp.talk import Talk

    server = read(where, namespace, name)
    with our_trouble():
        connection = connect(where.kubeconfig, where.context)
    with Talk(connection, server, seconds) as session:
        yield session


def _nowhere(where: Place, namespace: str, name: str) -> str:
    """Return that there is no such server, and where there is one of this name."""
    try:
        elsewhere = [one for one in listed(where, None) if text(one, "metadata", "name") == name]
    except Trouble as trouble:
        if trouble.code is Code.MISSING:
            return ABSENT
        elsewhere = []  # we may not look everywhere
    absent = f"there is no {KIND} {name} in namespace {namespace}"
    if not elsewhere:
        return f"{absent}; see `kmcp list --all-namespaces`"
    return f"{absent}; there is one in {text(elsewhere[0], 'metadata', 'namespace')}: use -n"


def condition(server: Fields, type: str) -> Fields:
    """Return one of the conditions, or an empty one."""
    for one in conditions(server):
        if one.get("type") == type:
            return one
    return {}


def conditions(server: Fields) -> list[Fields]:
    """Return all conditions."""
    return [one for _, one in items(server, "status", "conditions")]


def readiness(server: Fields) -> str:
    """Return whether it serves, in a word, with the reason when it does not."""
    ready = condition(server, "Ready")
    if ready.get("status") == "True":
        return "yes"
    return f"no: {ready['reason']}" if ready.get("reason") else "not yet looked at"


def age(server: Fields, now: datetime | None = None) -> str:
    """Return for how long it has been there, as kubectl says it."""
    made = text(server, "metadata", "creationTimestamp")
    if not made:
        return ""
    since = (now or datetime.now(UTC)) - datetime.fromisoformat(made.replace("Z", "+00:00"))
    seconds = max(0, int(since.total_seconds()))
    for most, size, unit in ((120, 1, "s"), (7200, 60, "m"), (172_800, 3600, "h")):
        if seconds < most:
            return f"{seconds // size}{unit}"
    return f"{seconds // 86_400}d"


def replicas(server: Fields) -> str:
    """Return how many Pods there are."""
    return str(number(server, "status", "replicas") or 0)


def _key(server: Fields) -> tuple[str, str]:
    return text(server, "metadata", "namespace"), text(server, "metadata", "name")
