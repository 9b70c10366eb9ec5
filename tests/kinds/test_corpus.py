"""What kmcp says about the manifests beside this file."""

from pathlib import Path

import pytest

from kinds.rules.catalogue import RULES
from tests.kinds import corpus, golden
from tests.kinds.corpus import RIGHT, WRONG

RENEW = "run `python -m tests.kinds.golden` and read what changed"


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.stem)
def test_a_right_manifest_is_taken(path: Path) -> None:
    assert corpus.found(path) == []


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_a_wrong_manifest_is_refused(path: Path) -> None:
    assert corpus.found(path) != []


def test_users_read_what_was_judged_good() -> None:
    assert golden.refused() == golden.WRONG_GOLDEN.read_text(encoding="utf-8"), RENEW


def test_warnings_about_right_manifests_are_the_expected_ones() -> None:
    assert golden.warned() == golden.WARNED_GOLDEN.read_text(encoding="utf-8"), RENEW


def test_every_rule_is_broken_by_a_manifest() -> None:
    broken = {
        rule.name
        for path in WRONG
        for rule in RULES
        if next(iter(rule.check(corpus.complete(path))), None) is not None
    }
    assert [rule.name for rule in RULES if rule.name not in broken] == []


def test_what_may_be_secret_is_never_repeated() -> None:
    assert "not-to-be-repeated" not in golden.refused()
    assert "4711" not in golden.refused()
