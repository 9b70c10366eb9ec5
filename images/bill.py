"""Write what an image is made of: a bill of materials (CycloneDX) and a list of licences.

bill.py TARGET NAME VERSION [PROGRAM …]   runs while the image is built, with nothing but Python

Both say what lies in the environment TARGET, not what somebody asked for. The same content gives
the same bytes: no clock, no random number. PROGRAMs are static executables of Go.
"""

import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any
from urllib.parse import quote

OURS = "kmcp"
BILL, LICENCES, GO_LICENCE = "bom.cdx.json", "licences.txt", "licence-of-go.txt"
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
KNOWN = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "MIT License": "MIT",
    "Python Software Foundation License": "PSF-2.0",
}
"""What SPDX calls licences that some projects write otherwise."""
IDENTIFIERS = {"Apache-2.0", "BSD-3-Clause", "ISC", "MIT", "MPL-2.0", "PSF-2.0"}
GO = "go"
GO_MAGIC, GO_HEADER = b"\xff Go buildinf:", 32
KEPT = ("type", "name", "version", "purl", "licenses")
"""What we take over of the bills that lie within distributions."""

Component = dict[str, Any]


def components(target: Path, programs: list[Path]) -> list[Component]:
    """Return all that was put into the environment, by name."""
    site = target / "lib" / PYTHON / "site-packages"
    found = [_component(one) for one in distributions(path=[str(site)])]
    return sorted([*found, *map(_go, programs)], key=lambda one: str(one["name"]))


def _component(one: Distribution) -> Component:
    component = {
        "type": "library",
        "name": one.name,
        "version": one.version,
        "purl": f"pkg:{_registry(one.name)}/{_normal(one.name)}@{quote(one.version)}",
        "licenses": _licences(one),
    }
    within = list(_within(one))
    return {**component, "components": within} if within else component


def _registry(name: str) -> str:
    """Return where a distribution is from: ours is in no registry."""
    return "generic" if name == OURS else "pypi"


def _normal(name: str) -> str:
    """Return a distribution's name as package registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _licences(one: Distribution) -> list[dict[str, Any]]:
    """Return what a distribution says of its licence, in the words of SPDX where they are sure."""
    if expression := one.metadata.get("License-Expression"):
        return [{"expression": expression}]
    said = [one.metadata.get("License") or ""]
    classifiers = one.metadata.get_all("Classifier") or []
    said += [word.split(" :: ")[-1] for word in classifiers if word.startswith("License :: ")]
    names = sorted({KNOWN.get(word, word) for word in said if word})
    if not names:
        sys.exit(f"{one.name} says nothing of its licence")
    sure = sorted(set(names) & IDENTIFIERS)
    if len(sure) > 1:  # whoever names several lets others choose
        return [{"expression": " OR ".join(sure)}]
    return [{"expression": sure[0]}] if sure else [{"license": {"name": min(names, key=len)}}]


def _within(one: Distribution) -> Iterator[Component]:
    """Yield what is compiled into a distribution, as far as it says so itself (PEP 770)."""
    for file in sorted(one.files or (), key=str):
        if "sboms" in file.parts and file.suffix == ".json":
            bill = json.loads(Path(str(one.locate_file(file))).read_text())
            for part in bill.get("components", ()):
                yield {key: part[key] for key in KEPT if key in part}


def _go(program: Path) -> Component:
    """Return the library that a program of Go is linked with; ours use no other."""
    content = program.read_bytes()
    start = content.index(GO_MAGIC) + GO_HEADER
    length = content[start]
    version = content[start + 1 : start + 1 + length].decode().removeprefix("go")
    return {
        "type": "library",
        "name": GO,
        "version": version,
        "purl": f"pkg:golang/stdlib@{version}",
        "licenses": [{"expression": "BSD-3-Clause"}],
    }


def bill(name: str, version: str, found: list[Component]) -> str:
    """Return the bill of materials."""
    about = {"component": {"type": "container", "name": name, "version": version}}
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": about,
        "components": found,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def licences(found: list[Component], target: Path) -> str:
    """Return the list of licences, and where their texts are."""
    head = (
        "What this image holds beside its base, under which licence, and where that can be read.\n"
    )
    lines = [
        f"{one['name']} {one['version']}: {_told(one)} ({_texts(one, target)})" for one in found
    ]
    return "\n".join([head, *lines]) + "\n"


def _told(one: Component) -> str:
    (said,) = one["licenses"]
    return str(said["expression"] if "expression" in said else said["license"]["name"])


def _texts(one: Component, target: Path) -> Path:
    """Return the file or folder where a licence can be read."""
    if one["name"] == GO:
        return target / GO_LICENCE
    site = target / "lib" / PYTHON / "site-packages"
    folders = {_normal(path.name.partition("-")[0]): path for path in site.glob("*.dist-info")}
    return folders[_normal(one["name"])]


def main(target: Path, name: str, version: str, *programs: str) -> None:
    """Write both lists into the environment."""
    found = components(target, [Path(one) for one in programs])
    (target / BILL).write_text(bill(name, version, found))
    (target / LICENCES).write_text(licences(found, target))


if __name__ == "__main__":
    into, *words = sys.argv[1:]
    main(Path(into), *words)
