"""The distribution holds our packages and no others, and declares what they import."""

import ast
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from tests.repository.generated import ROOT

DOCUMENT = tomllib.loads((ROOT / "pyproject.toml").read_text())
NOT_SHIPPED = {"tests", "scripts"}
PACKAGES = sorted(
    folder.name
    for folder in ROOT.iterdir()
    if (folder / "__init__.py").exists() and folder.name not in NOT_SHIPPED
)

LISTS = {
    "tool.hatch.build.targets.wheel.packages": set[str](),
    "tool.hatch.build.targets.sdist.only-include": {"LICENSE", "README.md"},
    "tool.mypy.files": {"tests"},
    "tool.pyright.include": {"tests"},
    "tool.coverage.run.source": set[str](),
    "tool.importlinter.root_packages": set[str](),
}
"""Where pyproject.toml lists our packages, and what else stands there."""


def at(path: str) -> Any:  # noqa: ANN401 - whatever stands there
    found: Any = DOCUMENT
    for key in path.split("."):
        found = found[key]
    return found


EXTRAS = sorted({*PACKAGES, *at("project.optional-dependencies")})


def folder(extra: str) -> Path:
    """Return what an extra is for: adapter-tokens is adapter/tokens."""
    return ROOT / extra.replace("-", "/")


def imports(extra: str) -> set[str]:
    """Return the top-level names that a folder imports, ours and the standard library's apart.

    Folders in it that have an extra of their own are not counted.
    """
    found: set[str] = set()
    apart = [folder(other) for other in EXTRAS if other.startswith(f"{extra}-")]
    for file in folder(extra).rglob("*.py"):
        if any(file.is_relative_to(other) for other in apart):
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module)
    names = {name.partition(".")[0] for name in found}
    return names - set(PACKAGES) - set(sys.stdlib_module_names)


def declared(extra: str) -> set[str]:
    """Return the distributions that an extra names itself, without those of other extras."""
    requirements = at("project.optional-dependencies").get(extra, [])
    names = {re.split(r"[\[<>=!~; ]", requirement)[0] for requirement in requirements}
    return {normal(name) for name in names} - {"kmcp"}


def normal(name: str) -> str:
    """Return a distribution's name as every spelling of it is compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("path", LISTS)
def test_every_package_on_disk_stands_in_every_list(path: str) -> None:
    assert sorted(set(at(path)) - LISTS[path]) == PACKAGES, f"{path} in pyproject.toml"


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_declares_just_what_its_folder_imports(extra: str) -> None:
    owners = packages_distributions()
    imported = {normal(owners[name][0]) for name in imports(extra)}
    assert folder(extra).is_dir()
    assert imported == declared(extra), f"the extra {extra} in pyproject.toml"


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_owns_our_names(package: str) -> None:
    assert set(packages_distributions().get(package, ["kmcp"])) == {"kmcp"}


def built(target: str, folder: Path) -> Path:
    """Return the distribution of a kind."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (found,) = folder.iterdir()
    return found


def test_the_wheel_holds_our_packages_and_nothing_else(tmp_path: Path) -> None:
    names = zipfile.ZipFile(built("wheel", tmp_path)).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert [name for name in names if "launcher/" in name] == []


def test_the_source_distribution_holds_the_launcher_too(tmp_path: Path) -> None:
    with tarfile.open(built("sdist", tmp_path)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    sources = {
        file.relative_to(ROOT).as_posix() for file in (ROOT / "adapter" / "launcher").iterdir()
    }
    assert sources <= names
