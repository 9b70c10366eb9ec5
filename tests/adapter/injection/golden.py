"""`python -m tests.adapter.injection.golden` writes the patches anew: read the change!"""

import json
from dataclasses import replace
from pathlib import Path

import yaml

from adapter.injection.config import Config
from adapter.injection.decision import Inject, decide
from adapter.injection.inject import inject
from adapter.injection.patch import patch
from adapter.injection.workloads import changed
from kinds.reading import Fields
from tests.adapter.injection.pods import CONFIG, HERE

FOLDER = Path(__file__).with_name("golden")
INPUTS = sorted(FOLDER.glob("*.yaml"))
LENDING = replace(CONFIG, pull_secrets=("kmcp-registry",))
FORMS = {"native": LENDING, "plain": replace(LENDING, native=False)}


def manifest(path: Path) -> Fields:
    """Return what a user applies."""
    found: Fields = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def with_adapters(workload: Fields, config: Config) -> Fields:
    """Return the same with an adapter in every template that asks."""

    def change(template: Fields) -> Fields:
        decided = decide(template, HERE, config)
        if isinstance(decided, Inject):
            return inject(template, decided.chosen, config)
        return template

    return changed(workload, change)


def golden(path: Path, form: str) -> Path:
    """Return where the patch is kept."""
    return path.with_suffix(f".{form}.json")


def text(path: Path, form: str) -> str:
    """Return the patch, one operation in a line."""
    before = manifest(path)
    operations = patch(before, with_adapters(before, FORMS[form]))
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in operations)
    return f"[\n{lines}\n]\n"


if __name__ == "__main__":
    for written in INPUTS:
        for name in FORMS:
            golden(written, name).write_text(text(written, name), encoding="utf-8")
