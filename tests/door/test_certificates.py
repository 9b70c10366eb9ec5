"""The writer of the webhooks' certificates, on a real API server and a simulated clock."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Barrier

import pytest

from certs import bundle
from certs.authority import Pair
from cluster.certificates import ATTEMPTS, Foreign, Kept, Place, keep
from cluster.errors import Conflict, NotFound
from tests.cluster.facade import Cluster, Object
from tests.door.webhooks import KINDS, WISH, Interrupted, Scene, configuration, scene

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATE = NOON + WISH.authority_lifetime * 2 / 3
MINUTE = timedelta(minutes=1)
EARLY = LATE - 30 * MINUTE
"""Before the next authority is due, and near enough for clocks that differ."""


@pytest.fixture
def made(control_plane: Cluster) -> Iterator[Scene]:
    """Lend a Secret's place and two configurations that have no bundle yet."""
    with scene(control_plane) as lent:
        yield lent


def one_pass(made: Scene, now: datetime = NOON) -> Kept:
    return keep(made.cluster.api, made.place, WISH, now)


def until_done(made: Scene, now: datetime) -> None:
    """Run passes until one does nothing, which has to be soon."""
    for _ in range(3):
        kept = one_pass(made, now)
        if not kept.steps and not kept.published:
            return
    raise AssertionError("the writer is never done")


def both(made: Scene) -> tuple[str, ...]:
    return tuple(f"{kind}/{made.place.namespace}" for kind in KINDS)


def is_served_and_trusted(made: Scene, now: datetime) -> bool:
    """Say whether the stored leaf is good, and whether every webhook trusts what is stored."""
    stored = made.secret()
    leaf = Pair(stored["tls.crt"], stored["tls.key"])
    chained = bundle.chains(leaf.certificate, stored["ca.crt"], now)
    return bundle.matches(leaf) and chained and made.bundles() == {stored["ca.crt"]}


def test_the_first_pass_makes_the_secret_and_publishes_its_bundle(made: Scene) -> None:
    kept = one_pass(made)
    assert (kept.steps, kept.published, kept.missing) == (("started afresh",), both(made), ())
    assert kept.expires == NOON + WISH.leaf_lifetime
    assert made.read(made.secret_path)["type"] == "kubernetes.io/tls"
    assert bundle.covers(made.secret()["tls.crt"], ["webhook.kmcp-system.svc"])
    assert is_served_and_trusted(made, NOON)


def test_a_pass_without_anything_to_do_writes_nothing(made: Scene) -> None:
    first = one_pass(made)
    before = made.versions()
    for now in (NOON, NOON + 60 * MINUTE, first.again - MINUTE):
        kept = one_pass(made, now)
        assert kept == Kept((), (), (), first.expires, first.again)
    assert made.versions() == before


def without_bundle(found: Object) -> Object:
    hooks = found["webhooks"]
    for hook in hooks:
        hook["clientConfig"].pop("caBundle", None)
    names = ("name", "uid", "labels", "annotations")
    return {"webhooks": hooks, **{name: found["metadata"].get(name) for name in names}}


def test_only_the_bundle_of_a_configuration_changes(made: Scene) -> None:
    before = [without_bundle(made.read(path)) for path in made.paths]
    one_pass(made)
    assert [without_bundle(made.read(path)) for path in made.paths] == before


def test_the_writer_owns_the_bundle_of_each_webhook_and_nothing_else(made: Scene) -> None:
    one_pass(made)
    fields: Object = {"f:clientConfig": {"f:caBundle": {}}}
    webhooks = {f'k:{{"name":"{name}.kmcp.test"}}': fields for name in ("one", "two")}
    for path in made.paths:
        managers = made.read(path)["metadata"]["managedFields"]
        owned = [entry["fieldsV1"] for entry in managers if entry["manager"] == "kmcp-certs"]
        assert owned == [{"f:webhooks": webhooks}]


def test_the_same_certificates_in_other_words_are_left_alone(made: Scene) -> None:
    one_pass(made)
    one_pass(made, LATE)
    written = made.secret()["ca.crt"]
    other = b"# ours\n" + b"\n".join(reversed(bundle.split(written)))
    made.overwrite_bundle(made.paths[0], other)
    until_done(made, LATE)
    assert made.bundles() == {other, written}


@pytest.mark.parametrize("content", ["", "garbage"])
def test_a_bundle_that_was_lost_is_published_again(made: Scene, content: str) -> None:
    one_pass(made)
    made.overwrite_bundle(made.paths[1], content.encode())
    kept = one_pass(made)
    assert (kept.steps, kept.published) == ((), both(made)[1:])
    assert is_served_and_trusted(made, NOON)


def test_a_missing_configuration_is_said_and_the_others_are_kept(made: Scene) -> None:
    made.delete(made.paths[0])
    kept = one_pass(made)
    assert (kept.published, kept.missing) == (both(made)[1:], both(made)[:1])


def test_a_configuration_that_is_deleted_meanwhile_does_not_come_back(made: Scene) -> None:
    deletion = Interrupted(made.cluster.api, {4}, lambda: made.delete(made.paths[0]))
    kept = keep(deletion, made.place, WISH, NOON)
    assert kept == replace(kept, published=both(made)[1:], missing=both(made)[:1])
    with pytest.raises(NotFound):
        made.read(made.paths[0])


def test_a_chart_may_drop_a_webhook_that_has_our_bundle(made: Scene) -> None:
    name = made.place.namespace
    words = ("apply", "--server-side", "--force-conflicts", "--field-manager=helm", "--filename=-")
    for hooks in (("one", "two", "three"), ("two",)):
        chart = json.dumps(configuration(KINDS[0], name, hooks))
        made.cluster.kubectl(*words, stdin=chart)
        one_pass(made)
        found = [hook["name"] for hook in made.read(made.paths[0])["webhooks"]]
        assert {f"{hook}.kmcp.test" for hook in hooks} <= set(found)
    assert "three.kmcp.test" not in found
    assert is_served_and_trusted(made, NOON)


def test_a_deleted_secret_returns_and_the_old_authority_stays_trusted(made: Scene) -> None:
    one_pass(made)
    old = made.secret()
    made.delete(made.secret_path)
    one_pass(made, NOON + MINUTE)
    assert made.secret()["ca.key"] != old["ca.key"]
    assert bundle.chains(old["tls.crt"], made.secret()["ca.crt"], NOON + MINUTE)
    assert is_served_and_trusted(made, NOON + MINUTE)


def test_a_secret_full_of_garbage_is_filled_anew_and_keeps_what_is_not_ours(made: Scene) -> None:
    one_pass(made)
    ours = set(made.secret())
    garbage = {**dict.fromkeys({*ours, "next-ca.crt"}, "Z2FyYmFnZQ=="), "note": "aGVsbG8="}
    made.merge(made.secret_path, {"data": garbage, "metadata": {"labels": {"team": "a"}}})
    assert one_pass(made).steps == ("started afresh",)
    assert is_served_and_trusted(made, NOON)
    assert set(made.secret()) == {*ours, "retired-ca.until", "note"}
    assert made.read(made.secret_path)["metadata"]["labels"]["team"] == "a"


def test_a_secret_of_somebody_else_is_left_alone_and_said(made: Scene) -> None:
    name, namespace = made.place.secret, made.place.namespace
    words = ("create", "secret", "generic", name, "--from-literal=tls.crt=theirs")
    made.cluster.kubectl(*words)
    before = made.versions()
    with pytest.raises(Foreign, match=f"Secret {namespace}/{name} is not kmcp's.*or delete it"):
        one_pass(made)
    assert made.versions() == before
    made.delete(made.secret_path)
    assert one_pass(made).steps == ("started afresh",)


def test_an_empty_secret_is_filled(made: Scene) -> None:
    made.cluster.kubectl("create", "secret", "generic", made.place.secret)
    assert one_pass(made).steps == ("started afresh",)
    assert is_served_and_trusted(made, NOON)


def test_an_authority_is_replaced_in_phases_that_every_configuration_follows(made: Scene) -> None:
    one_pass(made)
    told = [one_pass(made, now) for now in (LATE, LATE + MINUTE, LATE + 6 * MINUTE)]
    assert [kept.steps for kept in told] == [
        ("introduced the next authority", "renewed the leaf"),
        ("saw the next authority published",),
        ("promoted the next authority",),
    ]
    assert [kept.published for kept in told] == [both(made), (), ()]
    assert is_served_and_trusted(made, LATE + 6 * MINUTE)
    end = LATE + 6 * MINUTE + WISH.leaf_lifetime
    until_done(made, end)
    assert len(bundle.split(made.secret()["ca.crt"])) == 1
    assert is_served_and_trusted(made, end)


def test_a_bundle_that_cannot_be_published_holds_the_next_authority_back(made: Scene) -> None:
    one_pass(made)

    def fail() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        keep(Interrupted(made.cluster.api, {6}, fail), made.place, WISH, LATE)
    late = LATE + 60 * MINUTE
    assert one_pass(made, late).steps == ()
    assert one_pass(made, late).steps == ("saw the next authority published",)


def test_a_namespace_that_does_not_exist_is_the_callers_business(made: Scene) -> None:
    elsewhere = Place(namespace=f"{made.place.namespace}-not", secret="webhook-tls")
    with pytest.raises(NotFound, match="namespaces"):
        keep(made.cluster.api, elsewhere, WISH, NOON)


MOMENTS = {
    "the first start": [NOON],
    "a new leaf": [NOON, NOON + WISH.leaf_lifetime * 2 / 3],
    "a next authority": [NOON, LATE],
    "its promotion": [NOON, LATE, LATE, LATE + WISH.settle],
}


@pytest.mark.parametrize("request_number", range(1, 7))
@pytest.mark.parametrize("moment", MOMENTS)
def test_two_writers_agree_wherever_one_overtakes_the_other(
    made: Scene, moment: str, request_number: int
) -> None:
    *earlier, now = MOMENTS[moment]
    for past in earlier:
        one_pass(made, past)
    others: list[Kept] = []
    api = Interrupted(
        made.cluster.api, {request_number}, lambda: others.append(one_pass(made, now))
    )
    ours = keep(api, made.place, WISH, now)
    assert is_served_and_trusted(made, now)
    done = [word for kept in (ours, *others) for word in kept.steps]
    assert len(done) == len(set(done))
    until_done(made, now)
    before = made.versions()
    one_pass(made, now)
    assert made.versions() == before


@pytest.mark.parametrize("request_number", range(1, 6))
def test_a_writer_that_was_overtaken_takes_no_bundle_back(made: Scene, request_number: int) -> None:
    one_pass(made)
    assert one_pass(made, EARLY).steps == ("renewed the leaf",)
    for path in made.paths:
        made.overwrite_bundle(path, b"")  # so that the slow writer has something to publish
    api = Interrupted(made.cluster.api, {request_number}, lambda: one_pass(made, LATE))
    keep(api, made.place, WISH, EARLY)
    assert len(bundle.split(made.secret()["ca.crt"])) == 2
    assert is_served_and_trusted(made, LATE)


def test_writers_at_the_same_time_agree_on_one_authority(made: Scene) -> None:
    barrier = Barrier(4)

    def write() -> Kept:
        barrier.wait(timeout=120)
        return one_pass(made)

    with ThreadPoolExecutor(4) as pool:
        told = [future.result() for future in [pool.submit(write) for _ in range(4)]]
    assert sorted(kept.steps for kept in told) == [(), (), (), ("started afresh",)]
    assert is_served_and_trusted(made, NOON)
    assert len(bundle.split(made.secret()["ca.crt"])) == 1
    before = made.versions()
    one_pass(made)
    assert made.versions() == before


def test_a_secret_that_never_holds_still_is_given_up_for_this_time(made: Scene) -> None:
    one_pass(made)

    notes = count()

    def write() -> None:
        annotations = {"note": str(next(notes))}
        made.merge(made.secret_path, {"metadata": {"annotations": annotations}})

    api = Interrupted(made.cluster.api, range(1, 100), write)
    with pytest.raises(Conflict, match="webhook-tls"):
        keep(api, made.place, WISH, LATE)
    assert api.count == 4 * ATTEMPTS
