"""The image of the adapter: what it holds, how large that is, and how little it needs to run."""

import struct
from pathlib import Path

import pytest

from tests.cluster.images import archive_of
from tests.images import product
from tests.images.looks import present, uncompiled
from tests.images.unpacked import Image, Root

pytestmark = [pytest.mark.node, pytest.mark.slow]

LARGEST_BYTES = 90_000_000
FOREIGN = ["pip", "setuptools", "wheel", "kubernetes", "flask", "pydantic", "yaml", "jsonpatch"]
NOT_OURS_TO_BRING = ["webhook", "cluster", "certs", "tests", "kinds.crd", "kinds.rules"]
MACHINES = {"amd64": 62, "arm64": 183}
"""As ELF numbers them."""


@pytest.fixture(scope="session")
def image() -> Image:
    """Lend the image."""
    return Image(Path(product.adapter()))


@pytest.fixture(scope="session")
def base() -> Image:
    """Lend what it stands on."""
    return Image(archive_of("python:3.13-slim"))


@pytest.fixture(scope="session")
def root(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Root:
    """Lend its file system, where nothing can be written."""
    return image.unpack(tmp_path_factory.mktemp("adapter"))


def test_it_says_who_runs_what(image: Image) -> None:
    config = image.config()["config"]
    assert (config["User"], config["Entrypoint"]) == ("65532:65532", ["python", "-m", "adapter"])
    labels = {name.rpartition(".")[2]: text for name, text in config["Labels"].items()}
    assert (labels["title"], labels["licenses"]) == ("kmcp adapter", "Apache-2.0")
    assert labels["name"].endswith("python:3.13-slim")


def test_it_is_small_beside_its_base(image: Image, base: Image) -> None:
    sizes = {one.name: one.size for one, _ in image.files(base)}
    assert sum(sizes.values()) <= LARGEST_BYTES


def test_what_it_adds_can_be_changed_by_root_alone(image: Image, base: Image) -> None:
    loose = [one.name for one, _ in image.files(base) if one.uid or one.mode & 0o6022]
    assert loose == []


def test_it_starts_as_a_user_without_a_name_on_a_root_that_cannot_be_written(root: Root) -> None:
    done = root.run(*root.config["Entrypoint"], "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: python -m adapter")
    here = root.run("python", "-c", "import os; print(os.getuid()); open('/opt/kmcp/x', 'w')")
    assert (here.stdout, "Read-only file system" in here.stderr) == ("65532\n", True)


def test_it_knows_its_version(root: Root) -> None:
    words = "from importlib.metadata import version; print(version('kmcp'))"
    assert root.run("python", "-c", words).stdout == "0.1.0\n"


def test_it_holds_nothing_that_the_adapter_does_not_use(root: Root) -> None:
    assert present(root, [*FOREIGN, *NOT_OURS_TO_BRING, "msgspec"]) == "msgspec"


def test_nothing_is_compiled_when_it_starts(root: Root) -> None:
    assert uncompiled(root, "adapter") == ""


def test_the_launcher_runs_wherever_it_is_put(root: Root) -> None:
    content = (root.folder / "launcher").read_bytes()
    assert content[:4] == b"\x7fELF"
    assert not {LOADER, DYNAMIC} & segments(content)
    assert root.run("/launcher", "--help").returncode in (0, 2)


@pytest.mark.long
@pytest.mark.parametrize("architecture", MACHINES)
def test_any_machine_builds_it_for_every_processor(architecture: str, base: Image) -> None:
    image = Image(Path(product.adapter(architecture)))
    programs = {
        one.name: struct.unpack_from("<H", head, 18)[0]
        for one, head in image.files(base)
        if head.startswith(b"\x7fELF")
    }
    assert "launcher" in programs
    assert len(programs) > 4
    assert set(programs.values()) == {MACHINES[architecture]}


DYNAMIC, LOADER = 2, 3


def segments(content: bytes) -> set[int]:
    """Return the kinds of the segments of a 64-bit ELF file."""
    offset, size, count = struct.unpack_from("<32xQ14xHH", content)
    return {struct.unpack_from("<I", content, offset + size * one)[0] for one in range(count)}
