"""The container that is the MCP server."""

from adapter.injection.containers import literal
from kinds import names
from kinds.reading import Fields, is_list, is_map, items, text, texts, within
from reconciler.config import Config
from reconciler.manifests import ports, runner, security

DEPLOYMENT = ("spec", "deployment")
PORT_NAME = "mcp"


def container(server: Fields, mounts: list[Fields], config: Config) -> Fields:
    """Return the container; of a stdio server without its command, which goes to the launcher."""
    made: Fields = {
        "name": names.SERVER_CONTAINER,
        "image": text(server, *DEPLOYMENT, "image"),
        "imagePullPolicy": text(server, *DEPLOYMENT, "imagePullPolicy") or "IfNotPresent",
        "env": _environment(server),
        "envFrom": _sources(server),
        "resources": within(server, *DEPLOYMENT, "resources"),
        "securityContext": security.server_context(server, config),
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": mounts,
        **(_listening(server, config) if ports.is_http(server) else {}),
    }
    return {key: value for key, value in made.items() if value not in (None, [], {})}


def command(server: Fields) -> tuple[str, ...]:
    """Return the command of a stdio server, so spelled that it arrives as it was written."""
    return tuple(literal(word) for word in _words(server))


def _words(server: Fields) -> list[str]:
    listed = within(server, *DEPLOYMENT, "args")
    arguments = [str(word) for word in (listed if is_list(listed) else [])]
    return [text(server, *DEPLOYMENT, "cmd"), *arguments]


def _environment(server: Fields) -> list[Fields]:
    """Return the variables in the order of their names, so that nothing rolls by chance."""
    given = texts(server, *DEPLOYMENT, "env")
    if not ports.is_http(server):
        given = {name: literal(value) for name, value in given.items()}
    every = {**runner.environment(server), **given}
    return [{"name": name, "value": every[name]} for name in sorted(every)]


def _sources(server: Fields) -> list[Fields]:
    listed = [text(one, "name") for _, one in items(server, *DEPLOYMENT, "secretRefs")]
    return [{"secretRef": {"name": name}} for name in dict.fromkeys(listed)]


def _listening(server: Fields, config: Config) -> Fields:
    """Return what only an http server has: its command as the image's own, a port, a probe.

    There is no probe that would end a server for being slow.
    """
    port = ports.listening(server, config)
    program, *arguments = _words(server)
    return {
        "command": [program] if program else [],
        "args": arguments,
        "ports": [{**_name(server), "containerPort": port, "protocol": "TCP"}],
        "readinessProbe": {"tcpSocket": {"port": port}, "periodSeconds": 1, "timeoutSeconds": 2},
    }


def _name(server: Fields) -> Fields:
    """Return the name of the port, unless a sidecar has one of that name."""
    taken = [
        text(port, "name")
        for _, sidecar in items(server, *DEPLOYMENT, "sidecars")
        for _, port in items(sidecar, "ports")
    ]
    return {} if PORT_NAME in taken else {"name": PORT_NAME}


def without_nulls(value: object) -> object:
    """Return JSON without members that are null, which mean the same as none."""
    if is_map(value):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if is_list(value) else value
