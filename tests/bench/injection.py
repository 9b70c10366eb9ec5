"""How long admission of Pods takes: `python -m tests.bench.injection`.

The webhook is asked as an API server asks, over TLS; each kind of Pod on its own, in turns with a
webhook that decides nothing on the same stack.
"""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from certs.authority import authority
from tests.bench.admission import DAY, NOOP, PRODUCT, TURNS, Side, side
from tests.bench.open_loop import Figures, burst, steady
from tests.webhook.workloads import ADAPTER_IMAGE, Object, annotated, body, pod, server
from webhook.entries import MUTATE_PODS, VALIDATE_PODS

RATE = 20.0
BURST = 100
SHARES = (50, 90, 99)
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
NOTE = """\
Both webhooks were asked the same, in turns. What counts is p50, p90 and the ratio: an idle virtual
machine stalls for tens of milliseconds now and then, which alone makes the p99 and the slowest
answer of either, so these say nothing of what deciding costs."""


def compared(sides: Sequence[Side], path: str, made: Object, seconds: float) -> list[Figures]:
    """Ask all sides the same at the same rate, in turns, and return how long each took."""
    found = [Figures() for _ in sides]
    for _ in range(TURNS):
        for one, figures in zip(sides, found, strict=True):
            target = replace(one.target, path=path, body=body(made))
            turn = steady(target, RATE, seconds / TURNS)
            figures.seconds += turn.seconds
            figures.failed += turn.failed
    return found


def ratio(noop: Figures, product: Figures) -> str:
    """Return how many times longer it takes to decide something."""
    parts = (
        f"p{share} {product.percentile(share / 100) / noop.percentile(share / 100):.2f}"
        for share in SHARES
    )
    return " ".join(parts)


def told(sides: Sequence[Side], path: str, seconds: float) -> None:
    """Ask about every kind of Pod, and print how long the answers took."""
    for kind, made in KINDS.items():
        print(f"{path}, {kind}, {RATE:g}/s for {seconds:g} s")
        noop, product = compared(sides, path, made, seconds)
        print(f"  decides nothing: {noop.line()}")
        print(f"  ours:            {product.line()}")
        print(f"  ratio:           {ratio(noop, product)}")
    for one in sides:
        target = replace(one.target, path=path, body=body(pod()))
        slowest = max(burst(target, BURST).seconds)
        print(f"{path}, a burst of {BURST}, {one.name}: answered within {slowest:.2f} s")


def main() -> None:
    """Ask both paths and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.injection", description=__doc__)
    help_text = "how long to ask each of the two about each kind of Pod (20)"
    parser.add_argument("--seconds", type=float, default=20, metavar="N", help=help_text)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root = authority("bench", DAY)
        nobody = folder / "nobody"
        nobody.write_text("{}")
        flags = [f"--kubeconfig={nobody}", f"--adapter-image={ADAPTER_IMAGE}"]
        with side(folder, NOOP, root) as noop, side(folder, PRODUCT, root, *flags) as product:
            for path in (MUTATE_PODS, VALIDATE_PODS):
                told([noop, product], path, seconds)
            print(f"memory: {product.memory():.0f} MiB, {noop.memory():.0f} MiB decides nothing")
    print(NOTE)


if __name__ == "__main__":
    main()
