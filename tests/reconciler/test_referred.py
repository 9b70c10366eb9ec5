"""What servers refer to is looked up, hashed with a key, and found changed."""

import json

import pytest

from cluster.client import Client
from reconciler.install_key import install_key
from reconciler.observed import Key, Presence
from reconciler.referred import References
from reconciler.shelf import Name
from tests.cluster.facade import Cluster

SECRET, CONFIG_MAP = Key("Secret", "token"), Key("ConfigMap", "settings")
ACCOUNT = Key("ServiceAccount", "default-but-missing")


@pytest.fixture
def place(control_plane: Cluster) -> Cluster:
    words = ["--from-literal=TOKEN=very-secret"]
    control_plane.kubectl("create", "secret", "generic", "token", *words)
    control_plane.kubectl("create", "configmap", "settings", "--from-literal=level=info")
    return control_plane


NO_KEYS = frozenset[str]()


def ignored(name: Name) -> None:
    del name


def changed(place: Cluster, value: str) -> None:
    patch = json.dumps({"stringData": {"TOKEN": value}})
    place.kubectl("patch", "secret", "token", f"--patch={patch}")


def test_what_is_there_and_what_is_not(place: Cluster) -> None:
    references = References(Client(place.api), b"key" * 11, ignored)
    server: Name = (place.namespace, "tool")
    found = references.look(server, {SECRET, ACCOUNT}, {CONFIG_MAP: NO_KEYS})
    assert {key: one.presence for key, one in found.items()} == {
        SECRET: Presence.FOUND,
        ACCOUNT: Presence.MISSING,
        CONFIG_MAP: Presence.FOUND,
    }
    assert [bool(found[key].digest) for key in (SECRET, CONFIG_MAP)] == [False, True]


def test_a_hash_says_nothing_without_the_key_and_differs_by_content(place: Cluster) -> None:
    server: Name = (place.namespace, "tool")
    digests = list[str]()
    for key in (b"a" * 32, b"b" * 32):
        references = References(Client(place.api), key, ignored)
        digests.append(references.look(server, {SECRET}, {SECRET: NO_KEYS})[SECRET].digest)
    changed(place, "another")
    references = References(Client(place.api), b"a" * 32, ignored)
    digests.append(references.look(server, {SECRET}, {SECRET: NO_KEYS})[SECRET].digest)
    assert len(set(digests)) == 3
    assert all(len(digest) == 32 for digest in digests)


def test_a_poll_wakes_those_for_whom_something_changed_and_nobody_else(place: Cluster) -> None:
    woken = list[Name]()
    references = References(Client(place.api), b"a" * 32, woken.append)
    reader: Name = (place.namespace, "reader")
    other: Name = (place.namespace, "other")
    before = references.look(reader, {SECRET}, {SECRET: NO_KEYS})[SECRET].digest
    references.look(other, {CONFIG_MAP}, {CONFIG_MAP: NO_KEYS})
    references.poll([place.namespace])
    assert woken == []
    changed(place, "another")
    references.poll([place.namespace])
    assert woken == [reader]
    assert references.look(reader, {SECRET}, {SECRET: NO_KEYS})[SECRET].digest != before
    place.kubectl("delete", "secret", "token")
    references.poll([None])
    assert woken == [reader, reader]
    assert references.look(reader, {SECRET}, {SECRET: NO_KEYS})[SECRET].presence is Presence.MISSING


def test_keys_that_are_missing_are_named_until_they_are_there(place: Cluster) -> None:
    references = References(Client(place.api), b"a" * 32, ignored)
    server: Name = (place.namespace, "tool")
    wanted = {SECRET: frozenset({"TOKEN", "token"})}
    assert references.look(server, {SECRET}, wanted)[SECRET].lacks == {"token"}
    patch = json.dumps({"stringData": {"token": "x"}})
    place.kubectl("patch", "secret", "token", f"--patch={patch}")
    assert references.look(server, {SECRET}, wanted)[SECRET].lacks == frozenset()


def test_a_change_of_a_label_rolls_nothing(place: Cluster) -> None:
    references = References(Client(place.api), b"a" * 32, ignored)
    server: Name = (place.namespace, "tool")
    before = references.look(server, {SECRET}, {SECRET: NO_KEYS})
    place.kubectl("label", "secret", "token", "a=b")
    references.poll([place.namespace])
    assert references.look(server, {SECRET}, {SECRET: NO_KEYS}) == before


def test_all_of_an_installation_have_the_same_key(place: Cluster) -> None:
    client = Client(place.api)
    where = (place.namespace, "our-key")
    first = install_key(client, *where)
    assert (len(first), install_key(client, *where)) == (32, first)
    place.kubectl("delete", "secret", "our-key")
    assert install_key(client, *where) != first


def test_a_secret_that_was_made_for_the_key_is_filled(place: Cluster) -> None:
    client = Client(place.api)
    place.kubectl("create", "secret", "generic", "our-key")
    first = install_key(client, place.namespace, "our-key")
    assert (len(first), install_key(client, place.namespace, "our-key")) == (32, first)
