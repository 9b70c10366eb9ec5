"""What a distribution says of its licence is listed; one that says nothing ends a build."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.repository.lock import ROOT

pytestmark = pytest.mark.slow

PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
CLASSIFIED = "Classifier: License :: OSI Approved :: "


def listed(target: Path, *lines: str) -> subprocess.CompletedProcess[str]:
    """List an environment with one distribution that says this of itself."""
    about = target / "lib" / PYTHON / "site-packages" / "some_thing-1.2.dist-info"
    about.mkdir(parents=True, exist_ok=True)
    said = ["Metadata-Version: 2.4", "Name: some.thing", "Version: 1.2", *lines]
    (about / "METADATA").write_text("\n".join(said) + "\n")
    words = [sys.executable, str(ROOT / "images" / "bill.py"), str(target), "kmcp-test", "1"]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def component(target: Path) -> dict[str, Any]:
    """Return what is told of it."""
    (found,) = json.loads((target / "bom.cdx.json").read_text())["components"]
    return dict(found)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["License-Expression: MIT AND ISC"], "MIT AND ISC"),
        (["License: MIT"], "MIT"),
        (["License: Apache 2.0"], "Apache-2.0"),
        ([f"{CLASSIFIED}MIT License"], "MIT"),
        (["License: MIT License", f"{CLASSIFIED}Apache Software License"], "Apache-2.0 OR MIT"),
        (["License: ISC", f"{CLASSIFIED}BSD License"], "ISC"),
    ],
)
def test_a_licence_is_told_in_the_words_of_spdx_where_they_are_sure(
    lines: list[str], told: str, tmp_path: Path
) -> None:
    done = listed(tmp_path, *lines)
    assert (done.returncode, done.stderr) == (0, "")
    found = component(tmp_path)
    assert found["licenses"] == [{"expression": told}]
    assert found["purl"] == "pkg:pypi/some-thing@1.2"
    assert f"some.thing 1.2: {told} ({tmp_path}/" in (tmp_path / "licences.txt").read_text()


def test_a_licence_that_could_be_several_is_told_as_it_is_written(tmp_path: Path) -> None:
    assert listed(tmp_path, f"{CLASSIFIED}BSD License").returncode == 0
    assert component(tmp_path)["licenses"] == [{"license": {"name": "BSD License"}}]


def test_the_same_content_gives_the_same_lists(tmp_path: Path) -> None:
    made = list[str]()
    for _ in range(2):
        listed(tmp_path, "License: MIT")
        made += [(tmp_path / "bom.cdx.json").read_text() + (tmp_path / "licences.txt").read_text()]
    assert made[0] == made[1]


def test_no_image_is_built_of_what_says_nothing_of_its_licence(tmp_path: Path) -> None:
    done = listed(tmp_path)
    assert done.returncode != 0
    assert done.stderr == "some.thing says nothing of its licence\n"
