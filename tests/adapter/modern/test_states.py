"""States are good for one request of one client for a while, and for nothing else."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from adapter.modern.states import Handle, Seals, Unsealed, digest

SEALS = Seals()
HANDLE = Handle(call=7, round=2)
STATE = SEALS.sealed(HANDLE, "d", 100.0)


def test_a_state_leads_back_to_its_call() -> None:
    assert SEALS.opened(STATE, "d", 99.0) == HANDLE


@pytest.mark.parametrize(
    ("seals", "state", "of", "now"),
    [
        pytest.param(SEALS, STATE, "d", 101.0, id="too late"),
        pytest.param(SEALS, STATE, "e", 99.0, id="another request"),
        pytest.param(Seals(), STATE, "d", 99.0, id="another instance"),
        pytest.param(SEALS, STATE + "-TAMPERED", "d", 99.0, id="longer"),
        pytest.param(SEALS, STATE + "\n", "d", 99.0, id="a line break"),
        pytest.param(SEALS, STATE[:-4], "d", 99.0, id="shorter"),
        pytest.param(SEALS, "", "d", 99.0, id="empty"),
        pytest.param(SEALS, "x" * 5000, "d", 99.0, id="endless"),
        pytest.param(SEALS, 7, "d", 99.0, id="no text"),
        pytest.param(SEALS, None, "d", 99.0, id="null"),
    ],
)
def test_other_states_lead_nowhere(seals: Seals, state: object, of: str, now: float) -> None:
    with pytest.raises(Unsealed):
        seals.opened(state, of, now)


@given(st.integers(0, len(STATE) - 1), st.characters())
def test_no_character_can_be_changed(place: int, other: str) -> None:
    changed = STATE[:place] + other + STATE[place + 1 :]
    if changed != STATE:
        with pytest.raises(Unsealed):
            SEALS.opened(changed, "d", 99.0)


def params(**given: object) -> dict[str, Raw]:
    return {key: Raw(msgspec.json.encode(value)) for key, value in given.items()}


def test_a_request_is_known_again_by_what_does_not_change() -> None:
    first = digest("tools/call", params(name="a", arguments={"x": 1, "y": 2}, _meta={}), None)
    again = params(arguments={"y": 2, "x": 1}, inputResponses={}, requestState="s", name="a")
    assert digest("tools/call", again, None) == first
    assert digest("tools/call", again, "alice") != first
    assert digest("prompts/get", again, None) != first
    assert digest("tools/call", params(name="b", arguments={"x": 1, "y": 2}), None) != first
