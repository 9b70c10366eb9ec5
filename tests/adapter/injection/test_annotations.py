"""The one list of annotations in our name: what the product itself uses is never called unknown."""

import re
from pathlib import Path

from adapter.injection import annotations
from adapter.injection.decision import Inject, decide
from kinds import names
from tests.adapter.injection.pods import CONFIG, HERE, choosing, pod

ROOT = Path(__file__).resolve().parents[3]
PROGRAMS = ("adapter", "cluster", "kinds", "reconciler", "webhook")
OF_OTHERS = {names.COMPONENT, f"{names.DOMAIN}/exposes"}
"""Labels, which are no annotations, of other objects than Pods."""
SPELLED = re.compile(r'f"\{(?:names\.)?DOMAIN\}/([a-z-]+)"')


def written() -> set[str]:
    """Return every name of ours that the code spells."""
    files = (file for program in PROGRAMS for file in (ROOT / program).rglob("*.py"))
    return {
        f"{names.DOMAIN}/{word}" for file in files for word in SPELLED.findall(file.read_text())
    }


def test_all_that_the_product_writes_or_reads_is_in_the_list() -> None:
    assert written() == annotations.KNOWN | OF_OTHERS


def test_what_is_in_the_list_is_not_warned_of_and_all_else_is() -> None:
    ours = sorted(annotations.KNOWN - {names.INJECT} - {names.INJECTED})
    made = pod()
    made["metadata"]["annotations"] |= dict.fromkeys(ours, "x")
    assert annotations.unknown(made) == []
    assert annotations.unknown(choosing(made, replica="1")) == ["kmcp.dev/replica"]


def test_a_misspelled_annotation_is_a_warning() -> None:
    decided = decide(choosing(pod(), expse="true", expose="true"), HERE, CONFIG)
    assert isinstance(decided, Inject)
    (told,) = decided.warnings
    assert str(told) == "annotation kmcp.dev/expse means nothing to kmcp"
