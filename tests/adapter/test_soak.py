"""Under many clients of every kind nothing is lost, mixed up or kept."""

import pytest

from tests.adapter.processes.ear import in_a_loop
from tests.adapter.program import UNMEASURED, serving, wait
from tests.adapter.programs import echo
from tests.adapter.soak import FLAGS, drawn, soak


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
    assert all(sample.ready for sample in record.samples)
    assert record.growth() < 1.1
    assert drawn(record).startswith("<svg")
