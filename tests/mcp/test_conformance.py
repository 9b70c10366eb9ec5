"""The official conformance suite finds nothing that we do not know and cannot explain."""

import pytest

from tests.mcp.conformance import Check, differences, expected, run
from tests.mcp.serving import DUAL_ERA, LEGACY_ONLY, Kept, TestServer

FAILED = Check("caching", "ttl", "FAILURE", "ttlMs is -1")
WARNED = Check("caching", "ttl", "WARNING", "ttlMs is long")
PASSED = Check("caching", "ttl", "SUCCESS", "")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("server", "revision"),
    [
        pytest.param(DUAL_ERA, "2025-11-25", id="dual-era-2025-11-25"),
        pytest.param(DUAL_ERA, "2026-07-28", id="dual-era-2026-07-28"),
        pytest.param(LEGACY_ONLY, "2025-11-25", id="legacy-2025-11-25"),
    ],
)
def test_the_suite_finds_what_is_expected(served: Kept, server: TestServer, revision: str) -> None:
    checks = run(served(server.command).url("http"), revision)
    known = expected(f"{served.name}-{server.name}-{revision}")
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
