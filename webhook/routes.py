"""Which path is answered by what."""

from collections.abc import Mapping

import msgspec

from webhook.app import Reply, Route
from webhook.settings import Settings

MUTATE, VALIDATE = "/mutate/mcpservers", "/validate/mcpservers"


class _Request(msgspec.Struct):
    uid: str


class _Review(msgspec.Struct):
    request: _Request


def routes(settings: Settings) -> Mapping[str, Route]:  # noqa: ARG001 - the policy will stand there
    """Return the function behind each path."""
    return {MUTATE: allow, VALIDATE: allow}


def allow(body: bytes, deadline: float) -> Reply:  # noqa: ARG001 - decides nothing
    """Allow whatever is asked."""
    try:
        uid = msgspec.json.decode(body, type=_Review).request.uid
    except msgspec.DecodeError as error:
        return Reply(400, msgspec.json.encode({"error": f"no AdmissionReview: {error}"}))
    answer = {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": {"uid": uid, "allowed": True},
    }
    return Reply(200, msgspec.json.encode(answer))
