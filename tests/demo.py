"""Show what works: a real API server, the webhook, and what kubectl says of the examples.

`make demo` runs it; it leaves nothing behind.
"""

import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.cluster import session
from tests.cluster.facade import Cluster
from tests.cluster.session import Session
from tests.kinds import asking
from tests.webhook.configured import register
from tests.webhook.program import Identity, running

ROOT = Path(__file__).resolve().parents[1]
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
    say("done; nothing is left of it")


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
