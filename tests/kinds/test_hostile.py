"""Documents made to be expensive: what they cost is bounded, and they never raise.

The bound is of processor time, many times what each takes while coverage is measured; without
what keeps the cost down, some of these documents take longer than a minute.
"""

import time
from typing import Any

import pytest

from kinds.advice import warnings
from kinds.rules.catalogue import problems
from tests.kinds.corpus import server

SECONDS = 15.0
DIGITS = "1" * 4095 + "!"

HOSTILE: dict[str, dict[str, Any]] = {
    "quantities": {"resources": {"limits": {f"cpu{n}": DIGITS for n in range(300)}}},
    "images": {"sidecars": [{"name": f"s{n}", "image": "a." * 2047} for n in range(32)]},
    "references": {"secretRefs": [0] * 300_000},
    "tolerations": {"tolerations": [{}] * 300_000},
    "sidecars": {"sidecars": [{}] * 100_000},
    "variables": {"env": {f"A={n}": n for n in range(100_000)}},
    "arguments": {"args": [[n] for n in range(300_000)]},
    "mounts": {"sidecars": [{"name": "s", "volumeMounts": [{"name": "a"}] * 100_000}]},
}


@pytest.mark.parametrize("deployment", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_document_costs_little(deployment: dict[str, Any]) -> None:
    manifest = server(**deployment)
    began = time.process_time()
    found = problems(manifest)
    warnings(manifest)
    assert time.process_time() - began < SECONDS
    assert found != []
    assert sum(len(str(one)) for one in found) < 500_000


def test_a_number_of_thousands_of_digits_is_refused_in_words() -> None:
    assert problems(server(port=10**5000, resources={"limits": {"cpu": 10**5000}})) != []
