"""A cluster as a test sees it: one namespace, a few verbs, and failures that explain themselves."""

import json
import re
import subprocess
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from cluster.connection import Connection

Object = dict[str, Any]
WAIT_SECONDS = 120.0
KUBECTL_SECONDS = 180.0
ASK_SECONDS = 60.0
POLL_SECONDS = 0.2
LOG_LINES = 15


class KubectlError(Exception):
    """kubectl refused; the message is what it printed, which is what a user would read."""


class Cluster:
    """One namespace of a real cluster."""

    def __init__(
        self,
        kubectl: Path,
        kubeconfig: Path | None,
        context: str,
        namespace: str,
        api: Connection,
        load: Callable[[str], None],
    ) -> None:
        """Speak with *kubectl* for most things and through *api* where bytes matter."""
        self.namespace = namespace
        self.api = api
        self.load = load
        """Put the image of this name or archive into every node."""
        chosen = [f"--kubeconfig={kubeconfig}"] if kubeconfig else []
        self._words = [str(kubectl), *chosen, f"--context={context}"]

    @property
    def words(self) -> list[str]:
        """The words of a command that runs kubectl in our namespace."""
        return [*self._words, f"--namespace={self.namespace}"]

    def kubectl(self, *words: str, stdin: str | None = None) -> str:
        """Return what kubectl prints for *words* in our namespace."""
        done = subprocess.run(
            [*self.words, *words],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=KUBECTL_SECONDS,
        )
        if done.returncode != 0:
            raise KubectlError(done.stderr.strip() or done.stdout.strip())
        return done.stdout

    def apply(self, manifest: str | Path | Object) -> str:
        """Apply YAML text, a file, or one object, and return what kubectl says of it."""
        if isinstance(manifest, Path):
            return self.kubectl("apply", f"--filename={manifest}")
        text = manifest if isinstance(manifest, str) else json.dumps(manifest)
        return self.kubectl("apply", "--filename=-", stdin=text)

    def get(self, kind: str, name: str) -> Object:
        """Return one object."""
        found: Object = json.loads(self.kubectl("get", kind, name, "--output=json"))
        return found

    def find(self, kind: str, selector: str = "") -> list[Object]:
        """Return the objects of *kind* that *selector* picks."""
        words = ["get", kind, "--output=json", f"--selector={selector}"]
        found: list[Object] = json.loads(self.kubectl(*words))["items"]
        return found

    def exec(self, pod: str, *command: str, container: str | None = None) -> str:
        """Return what *command* prints inside *pod*."""
        chosen = [f"--container={container}"] if container else []
        return self.kubectl("exec", pod, *chosen, "--", *command)

    def ask(self, pod: str, *command: str, seconds: float = ASK_SECONDS) -> str:
        """Return what *command*, a question to a Service, prints inside *pod*.

        A Service leads to its Pods a moment after they are Ready: every node's proxy has to learn
        of it, and no object tells when it has. Until then the question is asked again.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                return self.exec(pod, *command)
            except KubectlError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(POLL_SECONDS)

    def logs(self, target: str, *words: str) -> str:
        """Return the log of a Pod, or of what *target* (deployment/web) stands for."""
        return self.kubectl("logs", target, *words)

    def wait(
        self,
        kind: str,
        name: str,
        claim: Callable[[Object], bool],
        meaning: str,
        seconds: float = WAIT_SECONDS,
    ) -> Object:
        """Return the object once *claim* holds for it.

        After *seconds* the test fails with what the object, its events and its Pods say.
        """
        deadline = time.monotonic() + seconds
        while True:
            found = self._found(kind, name)
            if found is not None and claim(found):
                return found
            if time.monotonic() > deadline:
                story = self.explain(kind, name)
                raise AssertionError(f"{kind}/{name} not {meaning} after {seconds:g} s\n{story}")
            time.sleep(POLL_SECONDS)

    def wait_condition(self, kind: str, name: str, condition: str) -> Object:
        """Return the object once its status condition is True."""
        return self.wait(kind, name, lambda found: is_true(found, condition), condition)

    def wait_rollout(self, name: str, seconds: float = WAIT_SECONDS) -> Object:
        """Return the Deployment once every replica runs its newest template and is available."""
        return self.wait("deployment", name, is_rolled_out, "rolled out", seconds)

    def wait_gone(self, kind: str, name: str, seconds: float = WAIT_SECONDS) -> None:
        """Return once there is no such object."""
        self.kubectl("wait", "--for=delete", f"{kind}/{name}", f"--timeout={seconds:g}s")

    def explain(self, kind: str, name: str) -> str:
        """Return all that the cluster knows about an object and the Pods beside it."""
        chapters = {
            "object": ["get", kind, name, "--output=yaml"],
            "events": ["get", "events", "--sort-by=.lastTimestamp"],
            "pods": ["get", "pods", "--output=wide"],
        }
        for pod in self.find("pods"):
            own = pod["metadata"]["name"]
            flags = ["--all-containers", "--prefix", f"--tail={LOG_LINES}", "--ignore-errors"]
            chapters[f"log of {own}"] = ["logs", own, *flags]
        return "\n".join(f"--- {title}\n{self._told(words)}" for title, words in chapters.items())

    @contextmanager
    def port(self, target: str, port: int) -> Generator[str]:
        """Yield HOST:PORT on this machine that leads to *port* of a Pod or Service (svc/web)."""
        with subprocess.Popen(
            [*self.words, "port-forward", target, f":{port}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as forward:
            assert forward.stdout is not None
            try:
                first = forward.stdout.readline()
                found = re.search(r"Forwarding from (127\.0\.0\.1:\d+)", first)
                if found is None:
                    raise KubectlError(first.strip())
                # It prints a line for each connection, and would stop when nobody reads them.
                Thread(target=forward.stdout.read, daemon=True).start()
                yield found.group(1)
            finally:
                forward.terminate()

    def _found(self, kind: str, name: str) -> Object | None:
        words = ["get", kind, name, "--ignore-not-found", "--output=json"]
        printed = self.kubectl(*words)
        return json.loads(printed) if printed else None

    def _told(self, words: list[str]) -> str:
        try:
            return self.kubectl(*words).rstrip()
        except KubectlError as error:
            return str(error)


def is_true(found: Object, condition: str) -> bool:
    """Say whether the status condition is True for the object as it is now."""
    # A CustomResourceDefinition starts with null.
    conditions: list[Mapping[str, Any]] = found.get("status", {}).get("conditions") or []
    return any(one["type"] == condition and one["status"] == "True" for one in conditions)


def is_rolled_out(deployment: Object) -> bool:
    """Say whether all replicas are of the newest template and available, and no other is left."""
    status = deployment.get("status", {})
    wanted = deployment["spec"].get("replicas", 1)
    counts = [status.get(key, 0) for key in ("replicas", "updatedReplicas", "availableReplicas")]
    seen = status.get("observedGeneration") == deployment["metadata"]["generation"]
    return seen and counts == [wanted] * 3
