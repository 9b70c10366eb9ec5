"""A newer kmcp makes so many servers roll at a time, and the others wait for their turn."""

from reconciler.shelf import Name
from reconciler.turns import Turns


def name(number: int) -> Name:
    return "here", f"tool-{number}"


def test_no_more_than_so_many_roll_and_the_next_is_woken() -> None:
    woken = list[Name]()
    turns = Turns(2, woken.append)
    assert [turns.ask(name(number)) for number in range(4)] == [True, True, False, False]
    assert turns.ask(name(0)), "who rolls may go on"
    turns.note(name(0), is_rolling=False)
    assert woken == [name(2)]
    assert [turns.ask(name(2)), turns.ask(name(3))] == [True, False]


def test_servers_that_roll_for_other_reasons_count() -> None:
    turns = Turns(1, lambda _: None)
    turns.note(name(0), is_rolling=True)
    assert not turns.ask(name(1))
    turns.forget(name(0))
    assert turns.ask(name(1))


def test_with_none_at_a_time_nobody_waits() -> None:
    turns = Turns(0, lambda _: None)
    assert not turns.ask(name(0))
    assert turns.counts() == (0, 0)
