"""cert-manager in a test's cluster: its controllers and injector, run as a program beside it."""

import json
import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster.binaries import ensure
from tests.cluster.facade import Cluster
from tests.cluster.processes import environment
from tests.cluster.programs import MODULES, programs
from tests.cluster.record import existing
from tests.cluster.session import Session

NAME = "cert-manager"
MODULE = "github.com/cert-manager/cert-manager"
STOP_SECONDS = 30.0
KINDS = ("certificaterequests", "certificates", "clusterissuers", "issuers")


@contextmanager
def running(rig: Session, home: Cluster) -> Generator[None]:
    """Define its kinds, and run it; should the test be killed, it goes with the cluster."""
    binary = ensure(programs((NAME,)))[NAME]
    for kind in KINDS:
        file = _definitions() / f"{NAME}.io_{kind}.yaml"
        home.kubectl("apply", "--server-side", f"--filename={file}")
        home.wait_condition("crd", f"{kind}.{NAME}.io", "Established")
    record = existing(rig.name)
    log = record.logs / f"{NAME}.log"
    with (
        log.open("wb") as written,
        subprocess.Popen(
            [binary, record.kubeconfig],
            stdout=written,
            stderr=written,
            env=environment(record) | {"NO_PROXY": os.environ["NO_PROXY"]},
        ) as process,
    ):
        try:
            yield
            assert process.poll() is None, f"cert-manager ended:\n{log.read_text()[-4000:]}"
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _definitions() -> Path:
    """Return the folder of its CRDs, which its Go module carries."""
    module = MODULES / NAME
    words = ["go", "mod", "download", "-json", MODULE]
    chosen = {**os.environ, "GOWORK": "off", "GOFLAGS": "-mod=readonly"}
    done = subprocess.run(words, cwd=module, env=chosen, capture_output=True, text=True, check=True)
    return Path(json.loads(done.stdout)["Dir"]) / "deploy" / "crds"
