"""Keep the webhooks' certificates: one Secret, and the bundle in every webhook configuration.

Any number of writers may do this at once. A pass reads the configurations first and the Secret
after them, and writes each only as it was read: who decides by an older Secret is told so by a
Conflict, reads again, and finds that there is nothing left to do.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import msgspec

from certs import bundle
from certs.keyring import NAMES, Keyring, data, keyring
from certs.rotation import Wish, rotate
from cluster.connection import Body
from cluster.decoding import decode
from cluster.errors import ClusterError, Conflict, NotFound

WRITER = {"fieldManager": "kmcp-certs"}

ATTEMPTS = 5
"""How often a pass starts over because somebody else wrote, before the caller hears of it."""

ADMISSION = "admissionregistration.k8s.io/v1"
LABELS = {"app.kubernetes.io/managed-by": "kmcp"}


class Requests(Protocol):
    """What we need of a Connection."""

    def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Body | None = None,
    ) -> bytes:
        """Return the answer's body; raise the ClusterError that fits when it is a refusal."""
        ...


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where certificates are kept, and which configurations are to trust them."""

    namespace: str
    secret: str
    mutating: tuple[str, ...] = ()
    """Names of MutatingWebhookConfigurations."""
    validating: tuple[str, ...] = ()
    """Names of ValidatingWebhookConfigurations."""


@dataclass(frozen=True)
class Kept:
    """What one pass did, and found."""

    steps: tuple[str, ...]
    """What changed in the Secret, in words for a log; empty when it was left alone."""
    published: tuple[str, ...]
    """The configurations that were given another bundle, as Kind/name."""
    missing: tuple[str, ...]
    """The configurations that do not exist, as Kind/name."""
    expires: datetime
    """When the served certificate expires."""
    again: datetime
    """When the next pass has something to do, unless somebody changes something before."""


class Foreign(ClusterError):
    """The Secret is somebody else's."""


class _Metadata(msgspec.Struct, rename="camel"):
    resource_version: str
    labels: dict[str, str] | None = None


class _Secret(msgspec.Struct):
    metadata: _Metadata
    data: dict[str, bytes] = msgspec.field(default_factory=dict[str, bytes])

    def is_ours(self) -> bool:
        """Say whether we may write into it: it says so, it is empty, or it holds what we keep."""
        says_so = LABELS.items() <= (self.metadata.labels or {}).items()
        return says_so or not self.data or keyring(self.data) is not None

    def __repr__(self) -> str:
        """Say which Secret this is without what is in it."""
        return f"_Secret(resource_version={self.metadata.resource_version!r}, data=…)"


class _ClientConfig(msgspec.Struct, rename="camel"):
    ca_bundle: bytes = b""


class _Webhook(msgspec.Struct, rename="camel"):
    client_config: _ClientConfig


class _Configuration(msgspec.Struct):
    metadata: _Metadata
    webhooks: list[_Webhook] = msgspec.field(default_factory=list[_Webhook])

    def bundles(self) -> list[bytes]:
        return [webhook.client_config.ca_bundle for webhook in self.webhooks]


@dataclass(frozen=True)
class _Address:
    """The kind and the name of a webhook configuration."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    @property
    def path(self) -> str:
        return f"/apis/{ADMISSION}/{self.kind.lower()}s/{self.name}"


@dataclass
class _Diary:
    """What was written so far, in this attempt and in those that met a Conflict."""

    steps: list[str] = field(default_factory=list[str])
    published: list[str] = field(default_factory=list[str])


def keep(api: Requests, place: Place, wish: Wish, now: datetime) -> Kept:
    """Bring the Secret and the configurations to what *wish* asks for at *now*.

    Nothing is written when there is nothing to change, nor into a Secret of somebody else's, which
    raises Foreign. The caller runs this at *again*, and every
    now and then in between, because a Secret may be deleted and a configuration replaced.
    """
    diary = _Diary()
    for _ in range(ATTEMPTS - 1):
        with suppress(Conflict):
            return _attempt(api, place, wish, now, diary)
    return _attempt(api, place, wish, now, diary)


def _attempt(api: Requests, place: Place, wish: Wish, now: datetime, diary: _Diary) -> Kept:
    wanted = _addresses(place)
    configurations = {
        address: found for address in wanted if (found := _configuration(api, address))
    }
    secret = _secret(api, place)
    if secret is not None and not secret.is_ours():
        raise Foreign(
            f"Secret {place.namespace}/{place.secret} is not kmcp's, so it is left as it is: "
            "choose another name for ours, or delete it"
        )
    published = [pem for found in configurations.values() for pem in found.bundles()]
    rotation = rotate(keyring(secret.data) if secret else None, wish, now, published)
    is_first = secret is None or not secret.data
    if is_first:  # its first certificate is served at once: whoever asks must know it by then
        _publish_all(api, configurations, rotation.keyring.trusted, diary)
    if rotation.changed:
        _store(api, place, secret, rotation.keyring)
        diary.steps.extend(rotation.steps)
    if not is_first:
        _publish_all(api, configurations, rotation.keyring.trusted, diary)
    return Kept(
        steps=tuple(diary.steps),
        published=tuple(diary.published),
        missing=tuple(str(address) for address in wanted if address not in configurations),
        expires=bundle.expiry(rotation.keyring.leaf.certificate),
        again=rotation.again,
    )


def _publish_all(
    api: Requests,
    configurations: Mapping[_Address, _Configuration],
    trusted: bytes,
    diary: _Diary,
) -> None:
    for address, found in configurations.items():
        if _differs(found, trusted):
            _publish(api, address, found, trusted)
            diary.published.append(str(address))


def _addresses(place: Place) -> list[_Address]:
    return [
        *(_Address("MutatingWebhookConfiguration", name) for name in place.mutating),
        *(_Address("ValidatingWebhookConfiguration", name) for name in place.validating),
    ]


def _configuration(api: Requests, address: _Address) -> _Configuration | None:
    try:
        answer = api.request("GET", address.path)
    except NotFound:
        return None
    return decode(answer, _Configuration, f"GET {address}")


def _secret(api: Requests, place: Place) -> _Secret | None:
    try:
        answer = api.request("GET", f"{_secrets(place)}/{place.secret}")
    except NotFound:
        return None
    return decode(answer, _Secret, f"GET Secret {place.secret}", confidential=True)


def _secrets(place: Place) -> str:
    return f"/api/v1/namespaces/{place.namespace}/secrets"


def _store(api: Requests, place: Place, secret: _Secret | None, wanted: Keyring) -> None:
    """Write the Secret; Conflict when it is not as it was read."""
    if secret is None:
        api.request("POST", _secrets(place), WRITER, _json(_new_secret(place, wanted)))
        return
    gone = dict.fromkeys(NAMES & set(secret.data), None)
    patch = {
        "metadata": {"resourceVersion": secret.metadata.resource_version},
        "data": {**gone, **data(wanted)},
    }
    with _deletion_is_a_conflict():
        path = f"{_secrets(place)}/{place.secret}"
        api.request("PATCH", path, WRITER, _json(patch, "application/merge-patch+json"))


def _new_secret(place: Place, wanted: Keyring) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": {"name": place.secret, "labels": LABELS},
        "data": data(wanted),
    }


def _differs(found: _Configuration, trusted: bytes) -> bool:
    """Say whether a webhook trusts anything else; order and white space do not count."""
    return any(bundle.readable(pem) != trusted for pem in found.bundles())


def _publish(api: Requests, address: _Address, found: _Configuration, trusted: bytes) -> None:
    """Write the bundle and nothing else; Conflict when the configuration is not as it was read.

    This is no server-side apply on purpose. That would make us an owner of each webhook as a whole:
    a chart that drops one of them could not be applied, and a deleted configuration would return.
    """
    version = found.metadata.resource_version
    patch: list[dict[str, Any]] = [
        {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
        *(
            {"op": "add", "path": f"/webhooks/{index}/clientConfig/caBundle", "value": trusted}
            for index in range(len(found.webhooks))
        ),
    ]
    with _deletion_is_a_conflict():
        api.request("PATCH", address.path, WRITER, _json(patch, "application/json-patch+json"))


def _json(document: object, media_type: str = "application/json") -> Body:
    """Return *document* as a body; bytes become base64, as Kubernetes wants them."""
    return Body(msgspec.json.encode(document), media_type)


@contextmanager
def _deletion_is_a_conflict() -> Generator[None]:
    """Turn the news that what we read is gone into what it is: somebody else wrote."""
    try:
        yield
    except NotFound as error:
        raise Conflict(str(error)) from error
