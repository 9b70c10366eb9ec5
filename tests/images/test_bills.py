"""What lies in both images is what was locked, and they say so themselves, with every licence."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.images import product
from tests.images.unpacked import Image, Root
from tests.repository.shipped import lock_of

pytestmark = [pytest.mark.node, pytest.mark.slow]

IMAGES = {"adapter": product.adapter, "controller": product.controller}
INSTALLED = ("INSTALLER", "REQUESTED", "RECORD", "direct_url.json")
"""Files that an installer writes beside those of a distribution."""


@pytest.fixture(scope="module", params=IMAGES)
def name(request: pytest.FixtureRequest) -> str:
    """Lend the name of each image."""
    return str(request.param)


@pytest.fixture(scope="module")
def root(name: str, tmp_path_factory: pytest.TempPathFactory) -> Root:
    """Lend the file system of the image."""
    return Image(Path(IMAGES[name]())).unpack(tmp_path_factory.mktemp(name))


@pytest.fixture(scope="module")
def bill(root: Root) -> dict[str, Any]:
    """Lend its bill of materials."""
    found: dict[str, Any] = json.loads((root.folder / "opt/kmcp/bom.cdx.json").read_text())
    return found


def locked(name: str) -> set[str]:
    """Return what the lock file of an image pins."""
    pins = re.findall(r"^([a-z0-9-]+)==(\S+)", lock_of(name).read_text(), re.MULTILINE)
    return {f"pkg:pypi/{name}@{version}" for name, version in pins}


def site(root: Root) -> Path:
    """Return where packages are."""
    (found,) = (root.folder / "opt/kmcp/lib").glob("python3.*/site-packages")
    return found


def test_the_bill_names_what_is_locked_and_nothing_else(name: str, bill: dict[str, Any]) -> None:
    told = {one["purl"] for one in bill["components"]}
    ours = {one for one in told if not one.startswith("pkg:pypi/")}
    assert told - ours == locked(name)
    kinds = {one.partition("@")[0] for one in ours}
    with_launcher = {"pkg:golang/stdlib"} if name == "adapter" else set[str]()
    assert kinds == {"pkg:generic/kmcp", *with_launcher}


def test_the_bill_is_one_that_scanners_read(name: str, bill: dict[str, Any]) -> None:
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    about = bill["metadata"]["component"]
    assert about == {"type": "container", "name": f"kmcp-{name}", "version": "development"}
    for one in bill["components"]:
        assert {"type", "name", "version", "purl", "licenses"} <= one.keys()


def test_the_bill_names_what_is_compiled_into_packages(bill: dict[str, Any]) -> None:
    (found,) = [one for one in bill["components"] if one["name"] == "cryptography"]
    assert {"openssl", "asn1"} <= {one["name"] for one in found["components"]}


def test_the_bill_says_nothing_of_when_or_where_it_was_made(bill: dict[str, Any]) -> None:
    assert not {"serialNumber", "timestamp"} & {*bill, *bill["metadata"]}


def test_every_licence_is_listed_and_can_be_read_in_the_image(
    root: Root, bill: dict[str, Any]
) -> None:
    text = (root.folder / "opt/kmcp/licences.txt").read_text()
    listed = re.findall(r"^(\S+) (\S+): (.+) \((/\S+)\)$", text, re.MULTILINE)
    assert {(one, version) for one, version, *_ in listed} == {
        (one["name"], one["version"]) for one in bill["components"]
    }
    assert {one: place for one, _, _, place in listed if not texts(root, place)} == {}


def texts(root: Root, place: str) -> list[Path]:
    """Return the files with the text of a licence."""
    at = root.folder / place.lstrip("/")
    found = at.rglob("*") if at.is_dir() else [at]
    named = re.compile("licen[cs]e|copying", re.IGNORECASE)
    return [one for one in found if one.is_file() and named.search(one.name)]


def test_every_file_of_a_package_is_one_that_was_locked(name: str, root: Root) -> None:
    folder = site(root)
    ours = {one.parts[0] for one in product.places(name)} | {"kmcp-0.1.0.dist-info"}
    there = {one.relative_to(folder) for one in folder.rglob("*") if not one.is_dir()}
    foreign = {str(one) for one in there if one.parts[0] not in ours}
    assert foreign - {str(one) for one in recorded(folder)} == set()


def recorded(folder: Path) -> Iterator[Path]:
    """Yield the files that distributions say are theirs."""
    for record in folder.glob("*.dist-info/RECORD"):
        yield from (record.with_name(one).relative_to(folder) for one in INSTALLED)
        with record.open(newline="") as opened:
            yield from (Path(row[0]) for row in csv.reader(opened))
