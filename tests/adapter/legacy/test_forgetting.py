"""What a session keeps for clients that lost their connection is bounded."""

from adapter.legacy.streams import MOST_STREAMS, STANDALONE, Streams


def test_old_events_are_forgotten_first() -> None:
    streams = Streams(budget=10)
    names = [streams.record(STANDALONE, b"12345") for _ in range(4)]
    assert [message for _, message in streams.after(names[1])[1]] == [b"12345", b"12345"]
    assert streams.lost == 2


def test_streams_that_are_over_are_forgotten_before_others() -> None:
    streams = Streams(budget=10)
    streams.record(1, b"12345")
    streams.record(2, b"12345")
    streams.close(2)
    streams.record(STANDALONE, b"1")
    assert [len(streams.since(stream, 0)) for stream in (1, 2, STANDALONE)] == [1, 0, 1]


def test_many_open_streams_without_events_are_no_trouble() -> None:
    streams = Streams(budget=10)
    for stream in range(1, MOST_STREAMS * 2):
        streams.prime(stream)
    assert streams.record(STANDALONE, b"1") == b"0-1"


def test_one_message_larger_than_all_that_may_be_kept_is_not_kept() -> None:
    streams = Streams(budget=10)
    streams.record(1, b"x" * 11)
    assert streams.since(1, 0) == []
