"""Each key waits once, is never with two workers, and comes back ever more rarely when it fails."""

from threading import Thread

from reconciler.queue import BackOff, Queue
from tests.door.scripted import Time


def queue(time: Time) -> Queue[str]:
    return Queue(BackOff(first=1.0, longest=8.0), time.clock)


def taken(waiting: Queue[str]) -> list[str]:
    """Return all that is due, in order."""
    found = list[str]()
    while (key := waiting.take(timeout=0)) is not None:
        found.append(key)
    return found


def test_what_is_asked_for_twice_is_handed_out_once() -> None:
    waiting = queue(Time())
    for key in ("a", "b", "a"):
        waiting.wake(key)
    assert taken(waiting) == ["a", "b"]


def test_what_is_asked_for_while_somebody_has_it_comes_again_and_not_before() -> None:
    waiting = queue(Time())
    waiting.wake("a")
    assert taken(waiting) == ["a"]
    waiting.wake("a")
    assert taken(waiting) == []
    waiting.done("a")
    assert taken(waiting) == ["a"]


def test_what_a_user_changed_goes_before_what_just_goes_on() -> None:
    waiting = queue(Time())
    for key in ("a", "b", "c"):
        waiting.wake(key)
    waiting.wake("z", is_first=True)
    assert taken(waiting) == ["z", "a", "b", "c"]
    waiting.done("z")
    waiting.wake("z")
    waiting.wake("d")
    assert taken(waiting) == ["z", "d"]  # it goes first once


def test_even_who_does_not_go_first_has_a_turn() -> None:
    waiting = queue(Time())
    waiting.wake("patient")
    for number in range(40):
        waiting.wake(f"hasty-{number}", is_first=True)
    assert "patient" in taken(waiting)[:20]


def test_a_bunch_of_changes_is_one_visit() -> None:
    time = Time()
    waiting = queue(time)
    for _ in range(5):
        waiting.wake("a", after=0.5)
        time.now += 0.05
    assert taken(waiting) == []
    time.now += 0.3
    assert taken(waiting) == ["a"]


def test_what_fails_comes_back_ever_more_rarely() -> None:
    time = Time()
    waiting = queue(time)
    waiting.wake("a")
    pauses = list[float]()
    for _ in range(6):
        assert taken(waiting) == ["a"]
        pauses.append(waiting.failed("a"))
        time.now += pauses[-1] - 0.01
        assert taken(waiting) == []
        time.now += 0.02
    assert pauses == [1, 2, 4, 8, 8, 8]


def test_a_poll_does_not_bring_back_what_failed_but_news_does() -> None:
    time = Time()
    waiting = queue(time)
    waiting.wake("a")
    assert taken(waiting) == ["a"]
    waiting.failed("a", least=100)
    waiting.poll(["a", "b"])
    assert taken(waiting) == ["b"]
    waiting.wake("a")
    assert taken(waiting) == ["a"]


def test_success_forgets_earlier_failures() -> None:
    time = Time()
    waiting = queue(time)
    for _ in range(3):
        waiting.wake("a")
        assert taken(waiting) == ["a"]
        waiting.failed("a")
    waiting.wake("a")
    assert taken(waiting) == ["a"]
    waiting.done("a")
    waiting.wake("a")
    assert taken(waiting) == ["a"]
    assert waiting.failed("a") == 1


def test_a_key_may_ask_for_another_look_by_itself() -> None:
    time = Time()
    waiting = queue(time)
    waiting.wake("a")
    assert taken(waiting) == ["a"]
    waiting.done("a", again_after=5)
    time.now += 4.9
    assert taken(waiting) == []
    time.now += 0.2
    assert taken(waiting) == ["a"]


def test_closing_lets_those_go_who_wait() -> None:
    waiting = Queue[str]()
    found = list[str | None]()
    thread = Thread(target=lambda: found.append(waiting.take()))
    thread.start()
    waiting.close()
    thread.join(10)
    assert found == [None]
