"""The image of manager and webhook: what it holds, how large that is, and how little it needs."""

import struct
from pathlib import Path

import pytest

from tests.cluster.images import archive_of
from tests.images import product
from tests.images.looks import present, uncompiled
from tests.images.test_adapter import MACHINES
from tests.images.unpacked import Image, Root

pytestmark = [pytest.mark.node, pytest.mark.slow]

LARGEST_BYTES = 180_000_000
FOREIGN = ["pip", "setuptools", "wheel", "uvloop", "httptools", "wsproto", "kubernetes.aio"]
NOT_OURS_TO_BRING = ["tests", "adapter.bridge", "adapter.tokens", "adapter.wire"]
PROGRAMS = ["manager", "webhook", "trial"]
SHELLS = ["sh", "bash", "dash", "rbash"]


@pytest.fixture(scope="session")
def image() -> Image:
    """Lend the image."""
    return Image(Path(product.controller()))


@pytest.fixture(scope="session")
def base() -> Image:
    """Lend what it stands on."""
    return Image(archive_of("python:3.13-slim"))


@pytest.fixture(scope="session")
def root(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Root:
    """Lend its file system, where nothing can be written, and without any shell."""
    found = image.unpack(tmp_path_factory.mktemp("controller"))
    for shell in SHELLS:
        (found.folder / "usr" / "bin" / shell).unlink(missing_ok=True)
    return found


def test_it_says_who_runs_what(image: Image) -> None:
    config = image.config()["config"]
    assert (config["User"], config["Entrypoint"]) == ("65532:65532", ["/manager"])
    labels = {name.rpartition(".")[2]: text for name, text in config["Labels"].items()}
    assert (labels["title"], labels["licenses"]) == ("kmcp controller", "Apache-2.0")
    assert labels["name"].endswith("python:3.13-slim")


def test_it_is_small_beside_its_base(image: Image, base: Image) -> None:
    sizes = {one.name: one.size for one, _ in image.files(base)}
    assert sum(sizes.values()) <= LARGEST_BYTES


def test_what_it_adds_can_be_changed_by_root_alone(image: Image, base: Image) -> None:
    loose = [one.name for one, _ in image.files(base) if one.uid or one.mode & 0o6022]
    assert loose == []


def test_its_programs_are_called_as_the_chart_calls_them(image: Image, base: Image) -> None:
    modes = {one.name: oct(one.mode & 0o777) for one, _ in image.files(base)}
    assert {name: modes[name] for name in PROGRAMS} == dict.fromkeys(PROGRAMS, "0o755")


def test_there_is_no_shell_left_to_help(root: Root) -> None:
    assert root.run("sh", "-c", "true").returncode == 127


@pytest.mark.parametrize("program", ["manager", "webhook"])
def test_a_program_starts_as_a_user_without_a_name_on_a_root_that_cannot_be_written(
    program: str, root: Root
) -> None:
    done = root.run(f"/{program}", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: ")
    assert "--adapter-image" in done.stdout
    here = root.run("python", "-c", "import os; print(os.getuid()); open('/opt/kmcp/x', 'w')")
    assert (here.stdout, "Read-only file system" in here.stderr) == ("65532\n", True)


@pytest.mark.parametrize(
    ("program", "told"),
    [("manager", "cannot start"), ("webhook", "--certificate-secret")],
)
def test_a_program_that_misses_something_says_what(program: str, told: str, root: Root) -> None:
    done = root.run(f"/{program}", "--adapter-image=registry.example/adapter:1")
    assert done.returncode not in (0, 127)
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_it_knows_its_version(root: Root) -> None:
    words = "from importlib.metadata import version; print(version('kmcp'))"
    assert root.run("python", "-c", words).stdout == "0.1.0\n"


def test_it_holds_nothing_that_its_programs_do_not_use(root: Root) -> None:
    assert present(root, [*FOREIGN, *NOT_OURS_TO_BRING, "msgspec"]) == "msgspec"


def test_nothing_is_compiled_when_it_starts(root: Root) -> None:
    assert uncompiled(root, "reconciler", "webhook", "adapter") == ""


@pytest.mark.long
@pytest.mark.parametrize("architecture", MACHINES)
def test_any_machine_builds_it_for_every_processor(architecture: str, base: Image) -> None:
    image = Image(Path(product.controller(architecture)))
    machines = {
        struct.unpack_from("<H", head, 18)[0]
        for _, head in image.files(base)
        if head.startswith(b"\x7fELF")
    }
    assert machines == {MACHINES[architecture]}
