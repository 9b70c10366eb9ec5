"""Paths lead to the object that is meant, and never anywhere else."""

import pytest

from cluster.errors import Invalid
from cluster.resources import CONFIG_MAPS, LEASES, MCPSERVERS, NAMESPACES, SECRETS, plural


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (NAMESPACES.path(), "/api/v1/namespaces"),
        (NAMESPACES.path(name="a"), "/api/v1/namespaces/a"),
        (SECRETS.path("a"), "/api/v1/namespaces/a/secrets"),
        (LEASES.path("a", "b"), "/apis/coordination.k8s.io/v1/namespaces/a/leases/b"),
        (
            MCPSERVERS.path("a", "b", "status"),
            "/apis/kagent.dev/v1alpha1/namespaces/a/mcpservers/b/status",
        ),
        (CONFIG_MAPS.path("a", "b/c?d#e f"), "/api/v1/namespaces/a/configmaps/b%2Fc%3Fd%23e%20f"),
        (CONFIG_MAPS.path("a", "..b"), "/api/v1/namespaces/a/configmaps/..b"),
    ],
)
def test_every_word_has_its_place(path: str, expected: str) -> None:
    assert path == expected


@pytest.mark.parametrize("word", ["", ".", ".."])
def test_a_word_that_leads_elsewhere_is_refused(word: str) -> None:
    with pytest.raises(Invalid):
        SECRETS.path(word)
    with pytest.raises(Invalid):
        SECRETS.path("a", word)
    with pytest.raises(Invalid):
        SECRETS.path("a", "b", word)


def test_a_part_of_no_object_is_refused() -> None:
    with pytest.raises(Invalid, match="mcpservers/status"):
        MCPSERVERS.path("a", subresource="status")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (NAMESPACES.path(), "namespaces"),
        (NAMESPACES.path(name="a"), "namespaces"),
        (SECRETS.path("a"), "secrets"),
        (LEASES.path("a", "b"), "leases"),
        (MCPSERVERS.path(), "mcpservers"),
        (MCPSERVERS.path("a", "b", "status"), "mcpservers/status"),
        ("/apis/apps/v1", ""),
        ("/version", ""),
    ],
)
def test_a_path_says_what_kind_of_object_it_leads_to(path: str, expected: str) -> None:
    assert plural(path) == expected
