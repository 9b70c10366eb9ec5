"""The official conformance suite finds nothing that we do not know and cannot explain."""

from itertools import product

import pytest

from tests.mcp.conformance import REVISIONS, Check, differences, expected, run
from tests.mcp.serving import DUAL_ERA, LEGACY_ONLY, WAYS, Kept, TestServer, Way, natively

FAILED = Check("caching", "ttl", "FAILURE", "ttlMs is -1")
WARNED = Check("caching", "ttl", "WARNING", "ttlMs is long")
PASSED = Check("caching", "ttl", "SUCCESS", "")


JUDGED: list[tuple[Way, TestServer, str]] = [
    *product(WAYS, (DUAL_ERA, LEGACY_ONLY), REVISIONS),
    (natively, LEGACY_ONLY, REVISIONS[0]),
    (natively, DUAL_ERA, REVISIONS[1]),
]
NAMES = [f"{way.__name__}-{server.name}-{revision}" for way, server, revision in JUDGED]


@pytest.mark.slow
@pytest.mark.parametrize(("way", "server", "revision"), JUDGED, ids=NAMES)
def test_the_suite_finds_what_is_expected(
    served: Kept, way: Way, server: TestServer, revision: str
) -> None:
    checks = run(served.ours(way, server).url("http"), revision)
    kind = "natively" if way is natively else "bridged"
    known = expected(f"{kind}-{server.name}-{revision}")
    assert differences(checks, known) == []


def test_a_new_failure_is_told_with_its_message() -> None:
    told = differences([PASSED, FAILED], {})
    assert told == ["caching: ttl is a FAILURE: ttlMs is -1"]


def test_the_worst_of_many_checks_with_one_name_is_told() -> None:
    told = differences([FAILED, WARNED, PASSED], {"caching": {"ttl": "WARNING"}})
    assert told == ["caching: ttl is a FAILURE: ttlMs is -1"]


def test_a_known_failure_is_not_told() -> None:
    assert differences([FAILED], {"caching": {"ttl": "FAILURE"}}) == []


def test_an_expectation_that_is_over_is_told() -> None:
    told = differences([PASSED], {"caching": {"ttl": "WARNING"}})
    assert told == ["caching: ttl is expected to be a WARNING and is none: remove the line"]
