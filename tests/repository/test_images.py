"""What images are built of is pinned, and no more than their programs use."""

import ast
import re
from pathlib import Path

import pytest

from tests.repository.generated import ROOT
from tests.repository.lock import LOCK
from tests.repository.shipped import IMAGES, lock_of, locked, needed, part

PYPROJECT = (ROOT / "pyproject.toml").read_text()
DOCKERFILE = (ROOT / "images" / "adapter" / "Dockerfile").read_text()


@pytest.mark.parametrize("image", IMAGES)
def test_the_lock_of_an_image_is_a_part_of_ours(image: str) -> None:
    drifted = f"locks/{image}.txt has drifted: run `python -m tests.repository.shipped`"
    assert lock_of(image).read_text() == part(image, LOCK.read_text(), PYPROJECT), drifted


def test_a_lock_holds_what_the_wanted_need_and_nothing_else() -> None:
    lock = "a==1 \\\n    --hash=x\n    # via\n    #   b\n    #   d\nb==1 \\\n    # via c\nd==1\n"
    assert locked(lock, {"b"}) == lock[: lock.index("d==1")]


def test_an_extra_needs_what_the_extras_below_it_need() -> None:
    extras = {"a": ["kmcp[b, c]", "x>=1"], "b": ["y[z]>=2; python_version > '3'"], "c": list[str]()}
    assert needed(extras, ["a"]) == {"x", "y"}


@pytest.mark.parametrize("image", IMAGES)
def test_no_package_of_an_image_depends_on_the_machine_that_builds_it(image: str) -> None:
    marks = re.findall(r"platform_machine|sys_platform|platform_system", lock_of(image).read_text())
    assert marks == []


def test_the_image_of_the_adapter_holds_just_the_modules_of_kinds_that_it_imports() -> None:
    copied = set(re.findall(r"\bkinds/(\w+)\.py", DOCKERFILE)) - {"__init__"}
    folders = [ROOT / name for name in ("adapter", "flags", "telemetry")]
    files = [file for folder in folders for file in folder.rglob("*.py")]
    sources = [file for file in files if "injection" not in file.parts]  # ignored by the build
    assert copied == kinds_behind(sources)


def kinds_behind(sources: list[Path]) -> set[str]:
    """Return the modules of kinds that *sources* import, and those that these import."""
    found: set[str] = set()
    waiting = list(sources)
    while waiting:
        for name in imported(waiting.pop()) - found:
            found.add(name)
            waiting.append(ROOT / "kinds" / f"{name}.py")
    return found


def imported(file: Path) -> set[str]:
    """Return the modules of kinds that a file imports."""
    modules = set[str]()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "kinds":
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kinds."):
            modules.add(str(node.module).split(".")[1])
    return modules
