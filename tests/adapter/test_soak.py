"""Under many clients of every kind nothing is lost, mixed up or kept."""

import pytest

from tests.adapter.processes.ear import in_a_loop
from tests.adapter.program import UNMEASURED, serving, wait
from tests.adapter.programs import echo
from tests.adapter.soak import FLAGS, drawn, soak

LONG = 2.0
"""Seconds without a look in which a server may well have been silent."""


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(60, marks=pytest.mark.slow, id="a minute"),
        pytest.param(600, marks=[pytest.mark.slow, pytest.mark.long], id="ten minutes"),
    ],
)
@in_a_loop
async def test_nothing_is_lost_mixed_up_or_kept(seconds: float) -> None:
    with serving([str(echo())], *FLAGS, environment=UNMEASURED) as adapter:
        adapter.wait_ready()
        record = await soak(adapter, seconds)
        wait(lambda: adapter.status()["sessions"] == 0)
        assert adapter.status()["inFlight"] == 0
    told = f"{record.counts}, {record.losses[:20]}, {record.pause():.1f} s without a look"
    assert (record.counts["crossed"], record.counts["lost"]) == (0, 0), told
    assert record.counts["right"] > 20 * seconds
    unready = [sample.at for sample in record.samples if not sample.ready]
    assert unready == [] or record.pause() > LONG, told
    assert record.growth() < 1.1
    assert drawn(record).startswith("<svg")
