"""Whatever is said, by whomever, stderr carries one JSON object a line."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from telemetry.logs import DEEPEST, LONGEST_TEXT, LONGEST_TRACEBACK, MOST_ITEMS, JsonLines

Line = dict[str, Any]


class Journal:
    """A logger of its own, and what it has written."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        handler = logging.StreamHandler(self._stream)
        handler.setFormatter(JsonLines())
        self.log = logging.Logger("journal")
        self.log.addHandler(handler)

    def line(self) -> Line:
        (written,) = self._stream.getvalue().splitlines()
        found: Line = json.loads(written)
        return found


@pytest.fixture
def journal() -> Generator[Journal]:
    kept, logging.raiseExceptions = logging.raiseExceptions, True
    yield Journal()
    logging.raiseExceptions = kept


def failure(message: str) -> ValueError:
    try:
        int(message)
    except ValueError as error:
        return error
    raise AssertionError("that was a number")


def test_a_line_has_time_level_logger_message_and_the_fields(journal: Journal) -> None:
    journal.log.warning("denied", extra={"rule": "port", "seconds": 0.5, "dry_run": False})
    line = journal.line()
    written = datetime.fromisoformat(line.pop("time"))
    assert datetime.now(UTC) - written < timedelta(minutes=1)
    assert line == {
        "level": "warning",
        "logger": "journal",
        "message": "denied",
        "rule": "port",
        "seconds": 0.5,
        "dry_run": False,
    }


def test_the_time_is_in_utc_as_rfc3339_writes_it() -> None:
    record = logging.makeLogRecord({"created": 1_700_000_000.25, "msg": "then"})
    line: Line = json.loads(JsonLines().format(record))
    assert line["time"] == "2023-11-14T22:13:20.250Z"


def test_a_traceback_is_one_field_of_one_line(journal: Journal) -> None:
    journal.log.error("failed", exc_info=failure("two\nlines"))
    line = journal.line()
    assert line["error"] == "ValueError: invalid literal for int() with base 10: 'two\\nlines'"
    assert line["traceback"].startswith("Traceback (most recent call last):\n")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        pytest.param("caf\u00e9 \ud800", "caf\u00e9 \\ud800", id="half a character"),
        pytest.param({"a": (1, None)}, {"a": [1, None]}, id="nested"),
        pytest.param(b"\xff", "b'\\xff'", id="bytes"),
        pytest.param(float("nan"), None, id="not a number"),
        pytest.param(2**200, 2**200, id="a huge number"),
        pytest.param(list(range(1000)), list(range(MOST_ITEMS)), id="many items"),
    ],
)
def test_any_value_becomes_json(journal: Journal, value: object, written: object) -> None:
    journal.log.info("said", extra={"value": value})
    assert journal.line()["value"] == written


def test_a_value_that_contains_itself_is_cut_off(journal: Journal) -> None:
    knot: list[object] = []
    knot.append(knot)
    journal.log.info("said", extra={"knot": knot})
    assert json.dumps(journal.line()["knot"]).count("[") <= DEEPEST + 3


def test_a_long_text_keeps_its_beginning_and_its_end(journal: Journal) -> None:
    journal.log.info("said", extra={"text": f"begin{'x' * 100_000}end"})
    text = journal.line()["text"]
    assert len(text) < LONGEST_TEXT + 50
    assert (text[:5], text[-3:]) == ("begin", "end")


def test_a_long_traceback_is_bounded_too(journal: Journal) -> None:
    journal.log.error("failed", exc_info=failure("x" * 100_000))
    assert len(journal.line()["traceback"]) < LONGEST_TRACEBACK + 50


def test_a_field_cannot_pose_as_one_of_ours(journal: Journal) -> None:
    journal.log.info("said", extra={"level": "critical", "time": "never"})
    line = journal.line()
    assert line["level"] == "info"
    assert line["time"] != "never"


def test_arguments_that_do_not_fit_are_shown_instead_of_lost(journal: Journal) -> None:
    journal.log.info("%d of %d", "many")
    assert journal.line()["message"] == "%d of %d ('many',)"


CRASHES = """
import logging, threading, warnings
from telemetry.logs import configure

class Stubborn:
    def __del__(self):
        raise OSError("del")

configure("info")
logging.getLogger("library").debug("not shown")
warnings.warn("old habit")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
Stubborn()
raise SystemError("over")
"""


def test_warnings_and_every_kind_of_crash_are_json_too() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CRASHES], check=False, capture_output=True, text=True, timeout=60
    )
    lines: list[Line] = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.returncode == 1
    assert [(line["level"], line.get("error")) for line in lines] == [
        ("warning", None),
        ("critical", "ZeroDivisionError: division by zero"),
        ("error", "OSError: del"),
        ("critical", "SystemError: over"),
    ]
