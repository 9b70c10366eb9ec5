"""The server sees the variables that it is meant to see."""

import pytest

from adapter.environments import names, passed
from tests.adapter.client import begun
from tests.adapter.program import PUPPET, serving

GIVEN = {"PATH": "/bin", "LC_ALL": "C", "AWS_REGION": "eu", "AWS_KEY": "k", "TOKEN": "t"}


def test_all_is_passed_when_none_is_named() -> None:
    assert passed(GIVEN, ()) == GIVEN


def test_what_is_named_is_passed_and_what_programs_cannot_do_without() -> None:
    seen = passed(GIVEN, names("AWS_*, OTHER"))
    assert seen == {key: GIVEN[key] for key in ("PATH", "LC_ALL", "AWS_REGION", "AWS_KEY")}


@pytest.mark.parametrize("word", ["*", "A-B", "A=1", "A*B", "1A"])
def test_what_is_no_name_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="names of variables"):
        names(word)


@pytest.mark.slow
def test_a_server_sees_only_what_it_may() -> None:
    given = {"ALLOWED_ONE": "yes", "FORBIDDEN": "secret"}
    with serving(PUPPET, "--pass-environment=ALLOWED_*", environment=given) as adapter:
        client = begun(adapter.wait_ready())
        assert client.call("environment", name="ALLOWED_ONE").text == "yes"
        assert client.call("environment", name="FORBIDDEN").text == ""
        assert client.call("environment", name="PATH").text != ""
