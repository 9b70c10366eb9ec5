"""A webhook that allows everything, on the product's own stack: what serving alone costs.

`python -m tests.bench.noop_webhook --help` takes the flags of `python -m webhook`.
"""

import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack

import msgspec

from telemetry.metrics import Metrics
from webhook.app import Reply, Route
from webhook.configurations import MUTATE_PATH, VALIDATE_PATH
from webhook.entries import MUTATE_PODS, VALIDATE_PODS
from webhook.server import main
from webhook.settings import Settings


class _Request(msgspec.Struct):
    uid: str


class _Review(msgspec.Struct):
    request: _Request


def allow(body: bytes, deadline: float) -> Reply:  # noqa: ARG001 - decides nothing
    """Allow whatever is asked."""
    uid = msgspec.json.decode(body, type=_Review).request.uid
    answer = {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": {"uid": uid, "allowed": True},
    }
    return Reply(200, msgspec.json.encode(answer))


def routes(_: Settings, __: Metrics, ___: ExitStack) -> Mapping[str, Route]:
    """Return the same function for every path that is measured."""
    return dict.fromkeys((MUTATE_PATH, VALIDATE_PATH, MUTATE_PODS, VALIDATE_PODS), allow)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ, routes))
