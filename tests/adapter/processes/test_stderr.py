"""What servers write to stderr is logged within bounds, and never with secrets."""

import logging

import pytest

from adapter.stderr import LINES_PER_SECOND, MOST_LINES_AT_ONCE, TAIL, Masking, Stderr

SECRET = "correct-horse-battery"


def hearing(**environment: str) -> Stderr:
    return Stderr(Masking(environment), pid=1)


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [vars(record)["line"] for record in caplog.records if record.msg == "stderr"]


@pytest.fixture(autouse=True)
def all_levels(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "adapter.server")


def test_lines_are_logged_whole_whatever_the_chunks(caplog: pytest.LogCaptureFixture) -> None:
    stderr = hearing(KEY=SECRET)
    for chunk in (b"on", b"e\ntwo correct-", b"horse-battery\nthr", b"ee"):
        stderr.received(chunk)
    stderr.closed()
    assert lines(caplog) == ["one", "two ***", "three"]


def test_a_flood_is_counted_instead_of_logged(caplog: pytest.LogCaptureFixture) -> None:
    stderr = hearing()
    for _ in range(10):
        stderr.received(b"x\n" * 1000)
    stderr.closed()
    logged = len(lines(caplog))
    left_out = sum(vars(record).get("lines", 0) for record in caplog.records)
    assert logged + left_out == 10_000
    assert MOST_LINES_AT_ONCE <= logged <= MOST_LINES_AT_ONCE + 5 * LINES_PER_SECOND


def test_a_line_without_end_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    stderr = hearing()
    for _ in range(100):
        stderr.received(b"x" * 100_000)
    stderr.closed()
    assert [len(line) for line in lines(caplog)] == [2048]


@pytest.mark.parametrize("before", range(len(SECRET) + 1))
def test_a_secret_does_not_show_because_it_was_cut_in_two(before: int) -> None:
    stderr = hearing(KEY=SECRET)
    stderr.received(SECRET.encode() + b"." * (TAIL - before))
    assert SECRET[-6:] not in stderr.tail()
    assert stderr.tail().startswith(("*", "."))


@pytest.mark.parametrize("missing", range(1, len(SECRET)))
def test_a_secret_does_not_show_because_others_were_masked_behind_it(missing: int) -> None:
    stderr = hearing(KEY=SECRET)
    text = f"{SECRET}\n".encode() * 1000
    kept = TAIL + len(SECRET) - missing
    for chunk in (text[:-kept], text[-kept:]):
        stderr.received(chunk)
    assert stderr.tail().strip("*\n") == ""


def test_a_secret_does_not_show_because_its_line_was_cut(caplog: pytest.LogCaptureFixture) -> None:
    for before in range(len(SECRET)):
        stderr = hearing(KEY=SECRET)
        stderr.received(b"." * before + SECRET.encode() * 1000)
        stderr.received(b"\n")
        stderr.closed()
    assert [line.strip("*.") for line in lines(caplog)] == [""] * len(SECRET)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        pytest.param("TOKEN", "abcdef", "***", id="six characters"),
        pytest.param("TOKEN", "abcde", "abcde", id="too short to be told from words"),
        pytest.param("HOME", "/home/nobody", "/home/nobody", id="no secret by its name"),
        pytest.param("PEM", "first line\nsecond line\n", "***", id="each line"),
    ],
)
def test_what_is_masked(name: str, value: str, told: str) -> None:
    stderr = hearing(**{name: value})
    stderr.received(value.splitlines()[0].encode())
    assert stderr.tail() == told


def test_a_secret_that_holds_another_is_masked_whole() -> None:
    stderr = hearing(SHORT="abcdef", LONG="abcdefghij")
    stderr.received(b"abcdefghij abcdef")
    assert stderr.tail() == "*** ***"
