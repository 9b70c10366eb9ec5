"""What becomes of manifests, kept word for word."""

from pathlib import Path

import jsonpatch
import pytest

from tests.adapter.injection.golden import FORMS, INPUTS, golden, manifest, text, with_adapters

EACH = pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)
FORM = pytest.mark.parametrize("form", FORMS)


@EACH
@FORM
def test_the_patch_is_the_one_that_was_read_and_kept(path: Path, form: str) -> None:
    assert text(path, form) == golden(path, form).read_text(encoding="utf-8"), (
        "python -m tests.adapter.injection.golden writes it anew: read what changes"
    )


@EACH
@FORM
def test_injecting_a_manifest_again_changes_nothing(path: Path, form: str) -> None:
    once = with_adapters(manifest(path), FORMS[form])
    assert with_adapters(once, FORMS[form]) == once


@EACH
@FORM
def test_the_patch_makes_what_was_meant(path: Path, form: str) -> None:
    before = manifest(path)
    patch = jsonpatch.JsonPatch.from_string(golden(path, form).read_text(encoding="utf-8"))
    assert patch.apply(before) == with_adapters(before, FORMS[form])
