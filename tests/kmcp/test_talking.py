"""`kmcp tools` and `kmcp call` reach a deployed server through a real API server."""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kinds.names import API_VERSION, KIND
from kmcp.trouble import Code
from tests.adapter.program import PUPPET, Adapter, serving
from tests.cluster.facade import Cluster, Object
from tests.cluster.session import Session
from tests.kmcp.started import Ended, kmcp

pytestmark = pytest.mark.slow

NAME = "puppet"
Ask = Callable[..., Ended]


def own_address() -> str:
    """Return an address of this machine that is not loopback, which no Endpoint may have."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.connect(("192.0.2.1", 9))  # nothing is sent
        return str(asked.getsockname()[0])


@pytest.fixture(scope="module")
def adapter() -> Iterator[Adapter]:
    with serving(PUPPET, "--listen=0.0.0.0:0") as running:
        yield running.wait_ready()


@pytest.fixture(scope="module")
def place(kinds_session: Session, adapter: Adapter) -> Iterator[Cluster]:
    """Lend a namespace with a server whose Service leads to the adapter."""
    with kinds_session.namespace("talking") as lent:
        for one in objects(adapter.port, lent.namespace):
            lent.apply(one)
        alive = json.dumps({"status": {"podIP": own_address(), "podIPs": [{"ip": own_address()}]}})
        lent.kubectl("patch", "pod", NAME, "--subresource=status", f"--patch={alive}")
        url = f"http://{NAME}.{lent.namespace}.svc.cluster.local:3000/mcp"
        patch = json.dumps({"status": {"url": url}})
        words = ("--subresource=status", "--type=merge", f"--patch={patch}")
        lent.kubectl("patch", "mcpserver", NAME, *words)
        yield lent


@pytest.fixture
def ask(place: Cluster, tmp_path: Path) -> Ask:
    config = tmp_path / "kubeconfig"
    config.write_text(place.kubectl("config", "view", "--raw"))

    def asked(command: str, *words: str) -> Ended:
        return kmcp(command, f"--kubeconfig={config}", "-n", place.namespace, *words)

    return asked


def objects(port: int, namespace: str) -> Iterator[Object]:
    """Yield servers, and a Pod that there is only on paper: the API server reaches nothing else."""
    container = {"name": "mcp-server", "image": "registry.example.com/puppet:1"}
    pod = {"automountServiceAccountToken": False, "containers": [container]}
    yield {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": NAME}, "spec": pod}
    deployment = {"image": "registry.example.com/puppet:1", "cmd": "puppet"}
    spec = {"transportType": "stdio", "deployment": deployment}
    for name in (NAME, "young"):
        metadata = {"name": name}
        yield {"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata, "spec": spec}
    target = {"kind": "Pod", "name": NAME, "namespace": namespace}
    there = {"ip": own_address(), "targetRef": target}
    for name, addresses in ((NAME, [there]), ("empty", [])):
        yield {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name},
            "spec": {"ports": [{"name": "mcp", "port": 3000}]},
        }
        ready = {"addresses": addresses, "ports": [{"name": "mcp", "port": port}]}
        yield {
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": {"name": name},
            "subsets": [ready] if addresses else [],
        }


def test_tools_are_listed(ask: Ask) -> None:
    done = ask("tools", NAME)
    assert (done.code, done.err) == (Code.DONE, "")
    head, *rows = done.out.splitlines()
    assert head.split() == ["TOOL", "ARGUMENTS", "DESCRIPTION"]
    assert "echo" in [row.split()[0] for row in rows]
    found = json.loads(ask("tools", NAME, "-o", "json").out)
    assert len(found) == len(rows)


def test_a_tool_is_called(ask: Ask) -> None:
    done = ask("call", NAME, "echo", "--arg", "text=hello, world")
    assert (done.code, done.out, done.err) == (Code.DONE, "hello, world\n", "")
    whole = ask("call", NAME, "echo", "--json", '{"text": "as JSON"}', "-o", "json")
    assert json.loads(whole.out)["content"][0]["text"] == "as JSON"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        pytest.param(["call", NAME, "ecko"], Code.MISSING, "do you mean echo?", id="no such tool"),
        pytest.param(["call", NAME, "echo", "-a", "x"], Code.USAGE, "NAME=VALUE", id="no value"),
        pytest.param(["call", NAME, "echo", "--json", "["], Code.USAGE, "--json", id="no JSON"),
        pytest.param(["call", NAME, "echo", "--json", "1"], Code.USAGE, "object", id="no object"),
        pytest.param(["tools", "young"], Code.FAILED, "kmcp get young", id="no address yet"),
        pytest.param(["tools", "nothing"], Code.MISSING, "no MCPServer nothing", id="no server"),
        pytest.param(["tools", NAME, "--timeout", "0"], Code.USAGE, "--timeout", id="no time"),
    ],
)
def test_trouble_is_told_in_one_line(ask: Ask, words: list[str], code: Code, told: str) -> None:
    done = ask(*words)
    assert done.code == code
    assert told in done.err
    assert len(done.err.splitlines()) == 1


def test_a_server_without_pods_is_told(ask: Ask, place: Cluster) -> None:
    name = "empty"
    spec = {"transportType": "stdio", "deployment": {"image": "a.example.com/b:1", "cmd": "c"}}
    place.apply({"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": name}, "spec": spec})
    url = f"http://{name}.{place.namespace}.svc.cluster.local:3000/mcp"
    patch = json.dumps({"status": {"url": url}})
    place.kubectl(
        "patch", "mcpserver", name, "--subresource=status", "--type=merge", f"--patch={patch}"
    )
    done = ask("tools", name)
    assert done.code == Code.FAILED
    assert "no Pod of empty is ready: see `kmcp get empty`" in done.err


def test_a_session_is_ended_with_the_talk(ask: Ask, adapter: Adapter) -> None:
    ask("tools", NAME)
    assert adapter.status()["sessions"] == 0
