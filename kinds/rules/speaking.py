"""Rules about how the server speaks: transport, command, ports."""

import re
from collections.abc import Iterator

from kinds import durations, names, patterns, reading, transport
from kinds.problems import Problem, child, missing, wrong
from kinds.reading import Fields, is_map, within
from kinds.rules.rule import Cel, Rule
from kinds.transport import HTTP, STDIO

CMD = "spec.deployment.cmd"

_SAID = "has(self.transportType)"
_STDIO_BLOCK = "has(self.stdioTransport)"
_HTTP_BLOCK = "has(self.httpTransport)"
_CMD = "(has(self.deployment.cmd) && size(self.deployment.cmd) > 0)"
_IS_STDIO = (
    f"({_SAID} ? self.transportType == 'stdio' : !{_HTTP_BLOCK} && ({_STDIO_BLOCK} || {_CMD}))"
)
_IS_HTTP = f"({_SAID} ? self.transportType == 'http' : {_HTTP_BLOCK} && !{_STDIO_BLOCK})"


def transport_is_told_by_one_block(server: Fields) -> Iterator[Problem]:
    """Two blocks and no word: either could be meant."""
    spec = reading.fields(server.get("spec"))
    both = transport.has_block(spec, "stdioTransport") and transport.has_block(
        spec, "httpTransport"
    )
    if both and spec.get("transportType") is None:
        yield missing(
            "spec.transportType",
            "stdioTransport and httpTransport are both there: write stdio or http, or remove one",
        )


def transport_is_told_at_all(server: Fields) -> Iterator[Problem]:
    """An image alone does not tell how its server speaks."""
    spec = reading.fields(server.get("spec"))
    blocks = ("stdioTransport", "httpTransport")
    told = any(transport.has_block(spec, block) for block in blocks)
    readable = is_map(spec.get("deployment"))  # its command might tell
    if spec.get("transportType") is None and not told and readable and not _has_cmd(spec):
        yield missing(
            "spec.transportType",
            "write stdio if the server reads standard input, http if it listens on a port",
        )


def stdio_server_has_a_command(server: Fields) -> Iterator[Problem]:
    """The launcher takes the place of the image's entry point, which nobody can read from here."""
    spec = reading.fields(server.get("spec"))
    if transport.transport(spec) == STDIO and not _has_cmd(spec):
        yield missing(CMD, "a stdio server needs its command, as in the image's ENTRYPOINT")


def command_is_one_word(server: Fields) -> Iterator[Problem]:
    """There is no shell that would split it."""
    command = reading.text(server, "spec", "deployment", "cmd")
    if re.match(r"[^/\s]*\s", command, re.ASCII):  # a path may hold spaces
        yield wrong(CMD, command, "name the program alone, and put what follows into args")


def http_server_says_where_it_listens(server: Fields) -> Iterator[Problem]:
    """Traffic has to go somewhere; a default would be a guess."""
    spec = reading.fields(server.get("spec"))
    ports = (("httpTransport", "targetPort"), ("deployment", "port"))
    silent = all(within(spec, *path) is None for path in ports)
    if transport.transport(spec) == HTTP and silent:
        yield missing(
            "spec.httpTransport.targetPort", "name the port on which the server listens, 1 to 65535"
        )


def timeout_can_be_counted(server: Fields) -> Iterator[Problem]:
    """What Go cannot read would stop every program that lists MCPServers."""
    timeout = reading.text(server, "spec", "timeout")
    if patterns.fits(patterns.DURATION, timeout) and durations.seconds(timeout) is None:
        yield wrong("spec.timeout", timeout, "nobody waits for 292 years: write it like 30s or 5m")


def port_is_not_the_adapters_own(server: Fields) -> Iterator[Problem]:
    """Probes and metrics live beside the server's port."""
    spec = reading.fields(server.get("spec"))
    if transport.transport(spec) == STDIO and transport.port(spec) == names.ADMIN_PORT:
        yield wrong(
            "spec.deployment.port",
            names.ADMIN_PORT,
            "the adapter answers probes there: take another port, such as 3000",
        )


def sidecar_leaves_the_servers_ports_alone(server: Fields) -> Iterator[Problem]:
    """Containers of a Pod share one network."""
    spec = reading.fields(server.get("spec"))
    taken = _ports_of_the_server(spec)
    for position, sidecar in reading.items(spec, "deployment", "sidecars"):
        for index, port in reading.items(sidecar, "ports"):
            number = reading.number(port, "containerPort")
            if number in taken and (port.get("protocol") or "TCP") == "TCP":
                path = f"spec.deployment.sidecars[{position}].ports[{index}].containerPort"
                yield wrong(path, number, f"{taken[number]} listens there: take another port")


def replicas_annotation_says_external(server: Fields) -> Iterator[Problem]:
    """Any other word would be ignored in silence."""
    annotations = reading.fields(within(server, "metadata", "annotations"))
    value = annotations.get(names.REPLICAS, "external")
    if value != "external":
        path = child("metadata.annotations", names.REPLICAS)
        yield wrong(path, value, 'write "external", or remove it to let kmcp set the replicas')


def _has_cmd(spec: Fields) -> bool:
    """Say whether a command is there, even one of a wrong type, which is reported elsewhere."""
    found = within(spec, "deployment", "cmd")
    return found is not None and found != ""


def _ports_of_the_server(spec: Fields) -> dict[int, str]:
    if transport.transport(spec) == HTTP:
        target = reading.number(spec, "httpTransport", "targetPort")
        return {} if target is None else {target: "the server"}
    return {transport.port(spec): "the adapter", names.ADMIN_PORT: "the adapter"}


RULES = (
    Rule(
        transport_is_told_by_one_block,
        (
            Cel(
                "spec",
                f"{_SAID} || !({_STDIO_BLOCK} && {_HTTP_BLOCK})",
                "stdioTransport and httpTransport are both there: write transportType stdio or "
                "http, or remove one",
            ),
        ),
    ),
    Rule(
        transport_is_told_at_all,
        (
            Cel(
                "spec",
                f"{_SAID} || {_STDIO_BLOCK} || {_HTTP_BLOCK} || {_CMD}",
                "write transportType: stdio if the server reads standard input, http if it "
                "listens on a port",
            ),
        ),
    ),
    Rule(
        stdio_server_has_a_command,
        (
            Cel(
                "spec",
                f"!{_IS_STDIO} || {_CMD}",
                "deployment.cmd: a stdio server needs its command, as in the image's ENTRYPOINT",
            ),
        ),
    ),
    Rule(
        command_is_one_word,
        (
            Cel(
                "spec.deployment.cmd",
                r"!self.matches('^[^/\\s]*\\s')",
                "name the program alone, and put what follows into args",
            ),
        ),
    ),
    Rule(
        http_server_says_where_it_listens,
        (
            Cel(
                "spec",
                f"!{_IS_HTTP} || has(self.deployment.port) || "
                f"({_HTTP_BLOCK} && has(self.httpTransport.targetPort))",
                "httpTransport.targetPort: name the port on which the server listens, 1 to 65535",
            ),
        ),
    ),
    # No CEL: duration() fails on what it cannot read, and a failing rule would hold up every edit
    # of an object that was stored before there was the pattern.
    Rule(timeout_can_be_counted),
    Rule(
        port_is_not_the_adapters_own,
        (
            Cel(
                "spec",
                f"!{_IS_STDIO} || !has(self.deployment.port) || "
                f"self.deployment.port != {names.ADMIN_PORT}",
                "deployment.port: the adapter answers probes there: take another port, such as "
                "3000",
            ),
        ),
    ),
    Rule(sidecar_leaves_the_servers_ports_alone),
    Rule(replicas_annotation_says_external),
)
