"""The serving certificate is replaced by something better only, and troubles are told once."""

import base64
import json
import logging
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from certs.authority import Pair
from cluster.connection import Body
from flags.words import SecretName
from tests.cluster.facade import Cluster
from tests.webhook.program import LIFETIME, Identity
from webhook.certificate import ApiSecret, Files, Material, ServingCertificate, Source, Unusable


@dataclass
class Shelf:
    """A source that holds what a test puts there."""

    content: Material | Unusable

    def read(self) -> Material:
        if isinstance(self.content, Unusable):
            raise self.content
        return self.content


@pytest.fixture(autouse=True)
def _audible(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def serving(source: Source) -> ServingCertificate:
    made = ServingCertificate(source, ssl.TLSVersion.TLSv1_2)
    made.refresh()
    return made


def material(identity: Identity) -> Material:
    return Material(identity.pair(), identity.root.certificate)


def files(identity: Identity) -> Files:
    folder = identity.folder
    return Files(folder / "tls.crt", folder / "tls.key", folder / "ca.crt")


def encrypted(pair: Pair) -> Pair:
    key = load_pem_private_key(pair.key, password=None)
    how = BestAvailableEncryption(b"password")
    return replace(pair, key=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how))


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [vars(one)["reason"] for one in caplog.records if one.levelno == logging.WARNING]


def test_the_first_certificate_is_served(identity: Identity) -> None:
    shelf = Shelf(material(identity))
    made = serving(shelf)
    assert made.loaded.is_set()
    assert made.context is not None
    assert (made.problem, made.bundle) == (None, identity.root.certificate)
    left = made.expires - datetime.now(UTC).timestamp()
    assert timedelta(minutes=59) < timedelta(seconds=left) <= LIFETIME


def test_nothing_is_served_until_there_is_something(identity: Identity) -> None:
    shelf = Shelf(Unusable("nobody made one", "absent"))
    made = serving(shelf)
    assert (made.context, made.problem, made.expires) == (None, "nobody made one", 0.0)
    assert not made.loaded.is_set()
    shelf.content = material(identity)
    made.refresh()
    assert made.loaded.is_set()


def test_what_did_not_change_is_not_loaded_anew(identity: Identity) -> None:
    made = serving(Shelf(material(identity)))
    before = made.context
    made.refresh()
    assert made.context is before


def test_a_new_certificate_replaces_the_old(
    identity: Identity, caplog: pytest.LogCaptureFixture
) -> None:
    shelf = Shelf(material(identity))
    made = serving(shelf)
    before = made.context
    shelf.content = material(identity)
    made.refresh()
    assert made.context not in (None, before)
    assert caplog.messages == ["serving a new certificate"] * 2


def test_a_new_bundle_is_published_with_the_old_certificate(identity: Identity) -> None:
    shelf = Shelf(material(identity))
    made = serving(shelf)
    shelf.content = replace(material(identity), bundle=b"both")
    made.refresh()
    assert made.bundle == b"both"


@pytest.mark.parametrize("fault", ["mismatch", "garbage", "encrypted", "empty"])
def test_a_pair_that_is_none_is_refused_once_and_the_old_one_stays(
    identity: Identity, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    good, other = material(identity), identity.pair()
    pairs = {
        "mismatch": replace(good.pair, key=other.key),
        "garbage": Pair(b"garbage", other.key),
        "encrypted": encrypted(other),
        "empty": Pair(b"", b""),
    }
    shelf = Shelf(good)
    made = serving(shelf)
    before = made.context
    shelf.content = replace(good, pair=pairs[fault])
    for _ in range(3):
        made.refresh()
    assert (made.context, made.bundle) == (before, good.bundle)
    (complaint,) = complaints(caplog)
    assert complaint.startswith("certificate and key do not make a pair: ")
    assert "PRIVATE" not in caplog.text


def test_the_same_trouble_in_other_words_is_told_once(
    identity: Identity, caplog: pytest.LogCaptureFixture
) -> None:
    shelf = Shelf(material(identity))
    made = serving(shelf)
    for number in range(3):
        shelf.content = Unusable(f"unreachable, try {number}", "unreachable")
        made.refresh()
    assert complaints(caplog) == ["unreachable, try 0"]
    assert made.problem == "unreachable, try 2"


def test_a_trouble_that_comes_back_is_told_again(
    identity: Identity, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = material(identity), Unusable("gone", "gone")
    shelf = Shelf(bad)
    made = serving(shelf)
    for content in (good, bad):
        shelf.content = content
        made.refresh()
    assert complaints(caplog) == ["gone", "gone"]


def test_files_that_are_written_one_by_one_are_taken_when_they_fit(identity: Identity) -> None:
    made = serving(files(identity))
    before, new = made.context, identity.pair()
    (identity.folder / "tls.crt").write_bytes(new.certificate)
    made.refresh()
    assert made.context is before
    (identity.folder / "tls.key").write_bytes(new.key[:20])
    made.refresh()
    assert made.context is before
    (identity.folder / "tls.key").write_bytes(new.key)
    made.refresh()
    assert made.context is not before


def test_a_missing_file_is_named_and_the_old_one_stays(
    identity: Identity, caplog: pytest.LogCaptureFixture
) -> None:
    made = serving(files(identity))
    (identity.folder / "tls.key").unlink()
    made.refresh()
    made.refresh()
    assert made.context is not None
    expected = f"cannot read {identity.folder / 'tls.key'}: No such file or directory"
    assert complaints(caplog) == [expected]


def test_a_mounted_secret_is_swapped_through_its_symbolic_link(tmp_path: Path) -> None:
    root = Identity(tmp_path / "one")
    other = Identity(tmp_path / "two", root.root)
    for version in (root, other):
        version.folder.mkdir()
        version.write()
    link = tmp_path / "..data"
    link.symlink_to(root.folder)
    for name in ("tls.crt", "tls.key", "ca.crt"):
        (tmp_path / name).symlink_to(Path("..data") / name)
    made = serving(files(Identity(tmp_path, root.root)))
    before = made.context
    new = tmp_path / "..data_tmp"
    new.symlink_to(other.folder)
    os.replace(new, link)  # noqa: PTH105 - what the kubelet does
    made.refresh()
    assert (made.problem, made.context is not before) == (None, True)


def secret(cluster: Cluster, method: str, parts: Mapping[str, bytes] | None = None) -> None:
    """Write the Secret `webhook`, or delete it."""
    path = f"/api/v1/namespaces/{cluster.namespace}/secrets"
    data = {name: base64.b64encode(value).decode() for name, value in (parts or {}).items()}
    metadata = {"name": "webhook"}
    document = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data}
    body = None if parts is None else Body(json.dumps(document).encode())
    cluster.api.request(method, path if method == "POST" else f"{path}/webhook", body=body)


def parts(identity: Identity) -> dict[str, bytes]:
    pair = identity.pair()
    return {
        "tls.crt": pair.certificate,
        "tls.key": pair.key,
        "ca.crt": identity.root.certificate,
    }


def test_a_secret_is_served_for_as_long_as_there_is_nothing_better(
    control_plane: Cluster, identity: Identity
) -> None:
    name = SecretName(control_plane.namespace, "webhook")
    made = serving(ApiSecret(control_plane.api, name))
    assert 'secrets "webhook" not found' in str(made.problem)
    secret(control_plane, "POST", parts(identity))
    made.refresh()
    first = made.context
    assert (made.problem, first is not None) == (None, True)
    secret(control_plane, "PUT", {"tls.crt": b"x", "ca.crt": b"y"})
    made.refresh()
    assert (made.problem, made.context) == (f"Secret {name} has no tls.key", first)
    secret(control_plane, "DELETE")
    made.refresh()
    assert made.context is first
    secret(control_plane, "POST", parts(identity))
    made.refresh()
    assert (made.problem, made.context is not first) == (None, True)
