"""The question that the API server asks: an AdmissionReview, read from bytes."""

from typing import Any

import msgspec

from kinds.reading import text, within

VERSION = "admission.k8s.io/v1"
KIND = "AdmissionReview"
LONGEST_UID = 256


class NotAReview(Exception):
    """The body is no AdmissionReview that can be answered; the message says why."""


class Kind(msgspec.Struct):
    """A kind of object, as the API server names it."""

    group: str = ""
    version: str = ""
    kind: str = ""

    def __str__(self) -> str:
        """Return kagent.dev/v1alpha1 MCPServer."""
        return f"{self.group}/{self.version} {self.kind}".lstrip("/")


class User(msgspec.Struct):
    """Who asks."""

    username: str = ""
    uid: str = ""
    groups: list[str] | None = None
    extra: dict[str, list[str]] | None = None


class Request(msgspec.Struct, rename="camel"):
    """What somebody wants to do with an object."""

    uid: str
    kind: Kind
    operation: str
    name: str = ""
    namespace: str = ""
    sub_resource: str = ""
    user_info: User = msgspec.field(default_factory=User)
    object: dict[str, Any] | None = None
    old_object: dict[str, Any] | None = None
    dry_run: bool | None = None

    @property
    def called(self) -> str:
        """Return the object's name, or what its generated name will start with."""
        metadata = within(self.object or self.old_object, "metadata")
        prefix = text(metadata, "generateName")
        return self.name or text(metadata, "name") or (f"{prefix}***" if prefix else "")


class _Review(msgspec.Struct, rename="camel"):
    api_version: str
    kind: str
    request: Request


_DECODER = msgspec.json.Decoder(_Review)


def read(body: bytes) -> Request:
    """Return the request in *body*; NotAReview when there is none."""
    try:
        review = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotAReview(f"the body is no {KIND}: {error}") from error
    if (review.api_version, review.kind) != (VERSION, KIND):
        raise NotAReview(f"this webhook answers {VERSION} {KIND}, and nothing else")
    if not 0 < len(review.request.uid) <= LONGEST_UID:
        raise NotAReview(f"request.uid must have 1 to {LONGEST_UID} characters")
    return review.request
