"""Show what works: manifests checked by a real API server, and a stdio server called over HTTP.

`make demo` runs it; it leaves nothing behind.
"""

import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from adapter.eras import META, MODERN_VERSION
from tests.adapter.client import Answer, Client, begun
from tests.adapter.program import serving
from tests.cluster import session
from tests.cluster.facade import Cluster
from tests.cluster.session import Session
from tests.kinds import asking
from tests.mcp import foreign
from tests.webhook.configured import register
from tests.webhook.program import Identity, running

ROOT = Path(__file__).resolve().parents[1]
CONVERSION = {"source_timezone": "Europe/Berlin", "time": "14:30", "target_timezone": "Asia/Tokyo"}
LABEL = {"kmcp.dev/demo": "true"}
COMMANDS = (
    "kubectl apply -f examples/runner.yaml",
    "kubectl get mcpserver everything -o yaml",
    "kubectl apply -f examples/filesystem.yaml -f examples/http.yaml",
    "kubectl get mcpservers",
    "kubectl apply -f examples/mistakes.yaml",
    "kubectl explain mcpserver.spec.deployment.cmd",
)


def main() -> None:
    """Boot, register, and run the commands."""
    say("booting etcd and an API server (the first time, Kubernetes is built from its modules)")
    with session.own("control-plane", aloud=True) as rig, tempfile.TemporaryDirectory() as folder:
        cluster = rig.named("demo")
        say("installing charts/kmcp-crds and starting python -m webhook")
        asking.install(cluster)
        cluster.kubectl("label", "namespace", "demo", "kmcp.dev/demo=true")
        identity = Identity(Path(folder))
        identity.write()
        with running(*identity.flags, f"--kubeconfig={rig.kubeconfig}") as program:
            url = f"https://127.0.0.1:{program.port}"
            with register(rig.api, "kmcp", url, identity.root.certificate, LABEL):
                for command in COMMANDS:
                    show(rig, cluster, command)
    served()
    say("done; nothing is left of it")


def served() -> None:
    """Put the adapter before a server that others wrote, and call it as clients of two eras do."""
    say("installing mcp-server-time from its lock file, and starting python -m adapter before it")
    server = [foreign.python(foreign.SERVERS), "-m", "mcp_server_time", "--local-timezone=UTC"]
    with serving(server) as adapter:
        adapter.wait_ready()
        print(f"\n\033[1m$ python -m adapter -- {' '.join(['mcp-server-time', server[-1]])}\033[0m")
        print(f"ready: {adapter.status()['server']}")
        for era, client in (("2025-11-25", begun(adapter)), ("2026-07-28", Modern(adapter))):
            print(f"\n\033[1mtools/call convert_time, as a client of {era}\033[0m")
            print(client.call("convert_time", **CONVERSION).text)


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


def show(rig: Session, cluster: Cluster, command: str) -> None:
    """Print a command and what it prints, as on a terminal."""
    print(f"\n\033[1m$ {command}\033[0m", flush=True)
    words = shlex.split(command)[1:]
    place = [f"--kubeconfig={rig.kubeconfig}", f"--namespace={cluster.namespace}"]
    subprocess.run([rig.kubectl, *place, *words], cwd=ROOT, check=False, stderr=sys.stdout)


def say(sentence: str) -> None:
    """Print what happens now."""
    print(f"\n\033[2m{sentence}\033[0m", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
