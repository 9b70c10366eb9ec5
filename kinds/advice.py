"""Warnings: what is allowed and still worth a word, each at most 120 characters long."""

import re
from collections.abc import Callable, Iterator

from kinds import images, names, policy, reading, transport
from kinds.reading import Fields, fields, text, texts, within
from kinds.transport import HTTP, STDIO

LONGEST = 120
LISTED = 3
DEPLOYMENT = "spec.deployment"
SECRET_NAME = re.compile(r"(TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|PRIVATE_KEY|CREDENTIALS)$", re.I)

Advice = Callable[[Fields], Iterator[str]]


def replicas_of_sessions(server: Fields) -> Iterator[str]:
    """A session lives in one Pod."""
    replicas = reading.number(server, "spec", "deployment", "replicas") or 0
    if _speaks(server, STDIO) and replicas > 1:
        yield f"{DEPLOYMENT}.replicas: a session lives in one of the {replicas} Pods; " + (
            "clients behind one proxy share a Pod"
        )


def moving_images(server: Fields) -> Iterator[str]:
    """The same manifest would run something else tomorrow."""
    for path, image in policy.image_fields(server):
        if image and images.reference(image).moves:
            yield f"{path}: latest, or no tag, is another image tomorrow; name a version"


def old_event_stream(server: Fields) -> Iterator[str]:
    """HTTP+SSE is the oldest transport of MCP, and deprecated."""
    if _speaks(server, HTTP) and text(server, "spec", "httpTransport", "path").endswith("/sse"):
        yield "spec.httpTransport.path: HTTP+SSE is deprecated in MCP; prefer Streamable HTTP"


def blocks_without_effect(server: Fields) -> Iterator[str]:
    """What belongs to the other transport."""
    unused = {
        STDIO: ("httpTransport",),
        HTTP: ("stdioTransport", "adapter", "deployment.initContainer"),
    }
    kind = transport.transport(fields(server.get("spec")))
    for block in unused.get(kind or "", ()):
        if within(server, "spec", *block.split(".")) is not None:
            yield f"spec.{block}: has no effect with transportType {kind}"


def fields_without_effect(server: Fields) -> Iterator[str]:
    """Kept for old manifests, or for clients."""
    if text(server, "spec", "deployment", "initContainer", "image"):
        yield f"{DEPLOYMENT}.initContainer.image: is ignored; the adapter's is spec.adapter.image"
    if within(server, "spec", "httpTransport", "tls") is not None:
        yield "spec.httpTransport.tls: is for clients that read it; kmcp itself does not use TLS"
    if re.fullmatch(r"\+?[0.]+[a-zµμ]*", text(server, "spec", "timeout")):
        yield "spec.timeout: 0 means the default of 30s"
    for kind in ("labels", "annotations"):
        for key in sorted(texts(server, "spec", "deployment", kind)):
            if key.startswith(f"{names.DOMAIN}/"):
                yield f"{DEPLOYMENT}.{kind}: {key} has no effect here; settings are in the spec"


def secrets_in_sight(server: Fields) -> Iterator[str]:
    """An MCPServer is readable by more people than a Secret."""
    env = texts(server, "spec", "deployment", "env")
    found = sorted(name for name, value in env.items() if value and SECRET_NAME.search(name))
    if found:
        more = " …" if len(found) > LISTED else ""
        listed = ", ".join(found[:LISTED])
        yield f"{DEPLOYMENT}.env: {listed}{more} can be read here: use secretRefs"


def risky_settings(server: Fields) -> Iterator[str]:
    """What reaches out of the container."""
    for path, _ in policy.host_paths(server):
        yield f"{path}: gives the server files of the node"
    for path, _ in policy.privileges(server):
        yield f"{path}: lifts limits that protect the node"


def paths_with_spaces(server: Fields) -> Iterator[str]:
    """Possible, and nearly always a mistake."""
    if re.search(r"\s", text(server, "spec", "deployment", "cmd")):
        yield f"{DEPLOYMENT}.cmd: has a space; if an argument follows it, put that into args"


def repeated_references(server: Fields) -> Iterator[str]:
    """Harmless, and surely not meant."""
    for key in ("secretRefs", "configMapRefs"):
        seen: set[str] = set()
        for position, reference in reading.items(server, "spec", "deployment", key):
            name = text(reference, "name")
            if name in seen:
                yield f"{DEPLOYMENT}.{key}[{position}]: {name} is listed twice"
            seen.add(name)


ADVICE: tuple[Advice, ...] = (
    blocks_without_effect,
    fields_without_effect,
    moving_images,
    replicas_of_sessions,
    old_event_stream,
    secrets_in_sight,
    risky_settings,
    paths_with_spaces,
    repeated_references,
)


def warnings(server: Fields) -> list[str]:
    """Return what a user should hear about an MCPServer whose defaults are filled in."""
    return [shortened(line) for advice in ADVICE for line in advice(server)]


def shortened(line: str) -> str:
    """Return the line, cut where a reader can still see that it was cut."""
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _speaks(server: Fields, kind: str) -> bool:
    return transport.transport(fields(server.get("spec"))) == kind
