"""A namespace with reconcilers in it: real processes, with the rights that a chart grants."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kinds.names import API_VERSION, KIND
from reconciler import rights
from reconciler.settings import Settings, settings
from tests.cluster.facade import Cluster, Object, is_true
from tests.door.accounts import RBAC, rewritten
from tests.reconciler.program import SECONDS, Reconciler, running, wait
from tests.reconciler.proxy import Proxy, proxied

ACCOUNT = "kmcp"
OBJECTS = ("deployment", "service", "serviceaccount")


class Site:
    """A namespace of a real API server."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self.cluster = cluster
        self.folder = folder
        self.exposes = False
        """Whether it may be granted what --expose takes."""
        self._kubeconfig: Path | None = None

    @property
    def namespace(self) -> str:
        return self.cluster.namespace

    @property
    def kubeconfig(self) -> Path:
        """The credentials of an account that has Roles in this namespace only."""
        if self._kubeconfig is None:
            self._grant()
            token = self.cluster.kubectl("create", "token", ACCOUNT).strip()
            self._kubeconfig = rewritten(self.cluster, self.folder, token=token)
        return self._kubeconfig

    @contextmanager
    def running(self, *flags: str) -> Generator[Reconciler]:
        """Run a reconciler that looks after this namespace for as long as the block lasts."""
        words = [
            f"--kubeconfig={self.kubeconfig}",
            f"--namespace={self.namespace}",
            f"--watch-namespaces={self.namespace}",
        ]
        with running(*words, *flags) as program:
            yield program

    @contextmanager
    def proxied(self) -> Generator[tuple[Proxy, str]]:
        """Lend a proxy in front of the API server, and the flag that leads through it."""
        with proxied(self.cluster, self.folder, self.kubeconfig) as (proxy, file):
            yield proxy, f"--kubeconfig={file}"

    def create(self, name: str, metadata: Object | None = None, **deployment: Any) -> None:  # noqa: ANN401 - JSON
        """Apply an MCPServer that speaks stdio."""
        spec = {"image": "registry.example.com/tool:1", "cmd": "tool", "port": 3000, **deployment}
        self.cluster.apply(
            {
                "apiVersion": API_VERSION,
                "kind": KIND,
                "metadata": {"name": name, **(metadata or {})},
                "spec": {"transportType": "stdio", "deployment": spec},
            }
        )

    def wait(self, name: str, claim: Callable[[Object], bool], meaning: str) -> Object:
        """Return an MCPServer once *claim* holds."""
        return self.cluster.wait("mcpserver", name, claim, meaning, SECONDS)

    def wait_true(self, name: str, condition: str) -> Object:
        """Return an MCPServer once a condition is True."""
        return self.wait(name, lambda found: is_true(found, condition), condition)

    def wait_for(
        self, kind: str, name: str, claim: Callable[[Object], bool], meaning: str
    ) -> Object:
        """Return an object once *claim* holds."""
        return self.cluster.wait(kind, name, claim, meaning, SECONDS)

    def wait_event(self, name: str, reason: str) -> None:
        """Return once an Event about an object has been written."""
        chosen = f"--field-selector=involvedObject.name={name},reason={reason}"
        wait(
            lambda: self.cluster.kubectl("get", "events", "--output=name", chosen) != "",
            lambda: self.cluster.kubectl("get", "events"),
        )

    def versions(self) -> Mapping[str, str]:
        """Return the resourceVersion of all that the reconciler may write."""
        kinds = ",".join(("mcpserver", *OBJECTS))
        return {
            f"{one['kind']}/{one['metadata']['name']}": one["metadata"]["resourceVersion"]
            for one in self.cluster.find(kinds)
        }

    def _grant(self) -> None:
        """Grant what a chart grants for one namespace, in which kmcp itself is, too."""
        self.cluster.kubectl("create", "serviceaccount", ACCOUNT)
        rules = [*rights.in_namespaces(expose=self.exposes), *rights.at_home(self._chosen())]
        allow(self.cluster, rules, self.namespace)

    def at_home(self, home: Cluster) -> str:
        """Have kmcp be in another namespace, and return the flag that says so."""
        assert self.kubeconfig.exists()  # by now there is an account
        allow(home, rights.at_home(self._chosen()), self.namespace)
        return f"--namespace={home.namespace}"

    def _chosen(self) -> Settings:
        return settings(["--leader-elect", f"--watch-namespaces={self.namespace}"], {})


def allow(where: Cluster, rules: list[Object], home: str, name: str = ACCOUNT) -> None:
    """Let the account *name* of the namespace *home* do something in another one."""
    role = {"apiGroup": RBAC, "kind": "Role", "name": ACCOUNT}
    account = {"kind": "ServiceAccount", "name": name, "namespace": home}
    of = {"apiVersion": f"{RBAC}/v1", "metadata": {"name": ACCOUNT}}
    where.apply({**of, "kind": "Role", "rules": rules})
    where.apply({**of, "kind": "RoleBinding", "roleRef": role, "subjects": [account]})


def condition(server: Object, name: str) -> Object:
    """Return a condition of an MCPServer; an empty one when there is none yet."""
    found: list[Object] = server.get("status", {}).get("conditions") or []
    missing: Object = {}
    return next((one for one in found if one["type"] == name), missing)
