"""References to images, and the spellings that container runtimes take."""

import pytest

from kinds import patterns
from kinds.images import Reference, reference

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("node", Reference("docker.io/library/node", "", "")),
        ("node:24", Reference("docker.io/library/node", "24", "")),
        ("me/tool:1", Reference("docker.io/me/tool", "1", "")),
        ("ghcr.io/me/tool", Reference("ghcr.io/me/tool", "", "")),
        ("localhost/tool:1", Reference("localhost/tool", "1", "")),
        ("host:5000/tool", Reference("host:5000/tool", "", "")),
        ("[fd00::1]:5000/tool:1", Reference("[fd00::1]:5000/tool", "1", "")),
        (f"me/tool:1@{DIGEST}", Reference("docker.io/me/tool", "1", DIGEST)),
    ],
)
def test_a_reference_is_read_in_full(image: str, expected: Reference) -> None:
    assert reference(image) == expected


@pytest.mark.parametrize(
    ("image", "moves"),
    [("a", True), ("a:latest", True), ("a:1", False), (f"a@{DIGEST}", False)],
)
def test_an_image_moves_unless_a_version_or_a_digest_holds_it(image: str, moves: bool) -> None:
    assert reference(image).moves is moves


@pytest.mark.parametrize(
    ("image", "prefix", "inside"),
    [
        ("ghcr.io/me/tool:1", "ghcr.io", True),
        ("ghcr.io/me/tool:1", "ghcr.io/me/", True),
        ("ghcr.io/me/tool:1", "ghcr.io/me/*", True),
        ("ghcr.io/me/tool:1", "ghcr.io/me/tool", True),
        ("ghcr.io/me/tool:1", "ghcr.io/m", False),
        ("ghcr.io.example.com/tool", "ghcr.io", False),
        ("node", "docker.io", True),
        ("node", "docker.io/library", True),
    ],
)
def test_a_prefix_holds_whole_folders(image: str, prefix: str, inside: bool) -> None:
    assert reference(image).is_from(prefix) is inside


@pytest.mark.parametrize(
    "image",
    [
        "a",
        "a/b/c",
        "me/the--tool__x.y-z:V1_final.2",
        "Registry.Example.com:5000/a:1",
        "localhost:5000/a",
        "[::1]:5000/a",
        f"a:1@{DIGEST}",
    ],
)
def test_runtimes_take_it(image: str) -> None:
    assert patterns.fits(patterns.IMAGE, image)


@pytest.mark.parametrize(
    "image",
    [
        "",
        "A",
        "me/Tool",
        "a:",
        "a:1:2",
        "a b",
        " a",
        "a\n",
        "https://a/b",
        "a//b",
        "/a",
        "a/",
        "-a",
        "a@sha256:12",
        "a:-1",
        "a___b",
        f"a:{'x' * 129}",
        "a" * 5000,
    ],
)
def test_runtimes_do_not_take_it(image: str) -> None:
    assert not patterns.fits(patterns.IMAGE, image)
