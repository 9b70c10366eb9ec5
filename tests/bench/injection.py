"""How long admission of Pods takes: `python -m tests.bench.injection`.

The webhook is asked as an API server asks, over TLS; each kind of Pod on its own.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from certs.authority import authority
from tests.bench.admission import DAY, PRODUCT, Side, side
from tests.bench.open_loop import burst, steady
from tests.webhook.workloads import ADAPTER_IMAGE, Object, annotated, body, pod, server
from webhook.entries import MUTATE_PODS, VALIDATE_PODS

RATE = 20.0
BURST = 100
SIDES: list[Object] = [{"name": f"side-{n}", "image": "side:1"} for n in range(9)]
ENVIRONMENT = [{"name": f"SETTING_{n}", "value": "x" * 100} for n in range(500)]
KINDS: dict[str, Object] = {
    "one container": pod(),
    "ten containers, 65 kB": annotated(
        pod(server(env=ENVIRONMENT), *SIDES), inject="true", container="server"
    ),
    "skipped": pod(hostNetwork=True),
    "refused": pod(server(tty=True)),
}


def asked(one: Side, path: str, seconds: float) -> None:
    """Ask about every kind of Pod, and print how long the answers took."""
    for kind, made in KINDS.items():
        target = replace(one.target, path=path, body=body(made))
        line = steady(target, RATE, seconds).line()
        print(f"{path}, {kind}, {RATE:g}/s for {seconds:g} s: {line}")
    target = replace(one.target, path=path, body=body(pod()))
    slowest = max(burst(target, BURST).seconds)
    print(f"{path}, a burst of {BURST}: answered within {slowest:.2f} s")


def main() -> None:
    """Ask both paths and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.injection", description=__doc__)
    help_text = "how long to ask about each kind of Pod (20)"
    parser.add_argument("--seconds", type=float, default=20, metavar="N", help=help_text)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        nobody = folder / "nobody"
        nobody.write_text("{}")
        flags = [f"--kubeconfig={nobody}", f"--adapter-image={ADAPTER_IMAGE}"]
        with side(folder, PRODUCT, authority("bench", DAY), *flags) as one:
            for path in (MUTATE_PODS, VALIDATE_PODS):
                asked(one, path, seconds)
            print(f"memory: {one.memory():.0f} MiB")


if __name__ == "__main__":
    main()
