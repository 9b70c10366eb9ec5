"""The product's main job, on a cluster of its own: `make demo`.

Installs kmcp by Helm, applies an MCPServer and an annotated Deployment, and calls a tool of both.
"""

import shlex
import subprocess
import sys
from dataclasses import dataclass

from adapter.eras import META, MODERN_VERSION
from tests.adapter.client import Answer, Client, begun
from tests.charts.installed import greeter, installed
from tests.cluster import session
from tests.cluster.errors import RigError
from tests.cluster.facade import Cluster
from tests.cluster.session import Session
from tests.repository.lock import ROOT

FOLDER = "examples/greeter"
WAITS = ("wait --for=condition=Ready mcpserver/greeter", "rollout status deployment/annotated")
SECONDS = 120
BOLD, DIM, PLAIN = ("\033[1m", "\033[2m", "\033[0m") if sys.stdout.isatty() else ("", "", "")
END = """
Both are called as clients of two eras do; nothing in the image knows of HTTP or of Kubernetes.
Go on by yourself: `make cluster` boots a cluster that stays, docs/quickstart.md says
what to do with it."""


@dataclass(frozen=True)
class Forwarded:
    """A port on this machine that leads into the cluster."""

    host: str
    port: int


class Modern(Client):
    """A client of 2026-07-28, which needs no session and says who it is in each request."""

    def call(self, tool: str, token: object = None, **arguments: object) -> Answer:
        """Return what a tool answers."""
        del token
        meta: dict[str, object] = {f"{META}protocolVersion": MODERN_VERSION}
        meta[f"{META}clientCapabilities"] = {}
        params: dict[str, object] = {"name": tool, "arguments": arguments, "_meta": meta}
        headers = {"MCP_Protocol_Version": MODERN_VERSION, "Mcp_Method": "tools/call"}
        return self.post(self.message("tools/call", params), **headers, Mcp_Name=tool)


def main() -> int:
    """Tell the story, and return the exit code."""
    try:
        say("booting a Kubernetes of its own (built once)")
        with session.own("node", aloud=True) as rig:
            told(rig)
            say("taking everything away again")
    except RigError as error:
        print(f"make demo: {error}", file=sys.stderr)
        return 1
    return 0


def told(rig: Session) -> None:
    """Install, and do what a user would."""
    say("installing charts/kmcp-crds and charts/kmcp with Helm")
    rig.load(str(greeter()))
    with installed(rig) as helm:
        print(helm("list", "--all-namespaces"))
        with rig.namespace("demo") as cluster:
            applied(cluster)
    print(END)


def applied(cluster: Cluster) -> None:
    """Apply, wait, and call."""
    show(cluster, f"kubectl apply -f {FOLDER}/mcpserver.yaml -f {FOLDER}/deployment.yaml")
    for words in WAITS:
        show(cluster, f"kubectl {words} --timeout={SECONDS}s")
    show(cluster, "kubectl get mcpservers,deployments,services,pods")
    print()
    called(cluster, "service/greeter")
    called(cluster, "deployment/annotated")
    say("what a wrong manifest gets to hear")
    show(cluster, "kubectl apply -f examples/mistakes.yaml")


def called(cluster: Cluster, target: str) -> None:
    """Call the tool as clients of both eras do."""
    with cluster.port(target, 3000) as address:
        host, _, port = address.rpartition(":")
        there = Forwarded(host, int(port))
        for era, client in (("2025-11-25", begun(there)), ("2026-07-28", Modern(there))):
            answer = client.call("greet", name=era).text
            print(f"{BOLD}{target}, tools/call greet, as a client of {era}:{PLAIN} {answer}")


def show(cluster: Cluster, command: str) -> None:
    """Print a command and what it prints, as on a terminal."""
    print(f"\n{BOLD}$ {command}{PLAIN}", flush=True)
    program, *words = shlex.split(command)
    assert program == "kubectl"
    subprocess.run([*cluster.words, *words], cwd=ROOT, check=False, stderr=subprocess.STDOUT)


def say(sentence: str) -> None:
    """Print what happens now."""
    print(f"\n{DIM}{sentence}{PLAIN}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
