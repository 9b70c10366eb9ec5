"""Logs: every line on stderr is one JSON object, whoever wrote it."""

import logging
import sys
import threading
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO, cast

import msgspec

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

LONGEST_TEXT = 2048
"""How many characters of one field are kept: a line stays readable, and stays one event."""
LONGEST_TRACEBACK = 8192
MOST_ITEMS = 50
DEEPEST = 4

STANDARD = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}
"""What every record has; all else came in through `extra`."""

log = logging.getLogger(__name__)


def configure(level: str, stream: TextIO | None = None) -> None:
    """Send everything to *stream* (stderr) as JSON: our lines, libraries' lines, warnings, crashes.

    *level* is a name that logging knows, in any case.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(level.upper())
    logging.raiseExceptions = False  # a line that cannot be written must not become prose
    logging.captureWarnings(capture=True)
    sys.excepthook = _crashed
    sys.unraisablehook = _unraisable
    threading.excepthook = _thread_crashed


class JsonLines(logging.Formatter):
    """Writes a record as one line: time, level, logger, message, then what `extra` held."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": _rfc3339(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _cut(_message(record), LONGEST_TEXT),
        }
        for name, value in vars(record).items():
            if name not in STANDARD and name not in line:
                line[name] = _bounded(value)
        if record.exc_info and record.exc_info[1] is not None:
            line |= _told(record.exc_info[1])
        return msgspec.json.encode(line).decode()


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):  # the arguments do not fit: say what there is
        return f"{record.msg} {record.args}"


def _told(error: BaseException) -> dict[str, str]:
    story = "".join(traceback.format_exception(error))
    return {
        "error": _cut(f"{type(error).__name__}: {error}", LONGEST_TEXT),
        "traceback": _cut(story, LONGEST_TRACEBACK),
    }


def _bounded(value: object, depth: int = 0) -> object:
    """Return *value* as JSON that is neither too long nor too deep."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth < DEEPEST and isinstance(value, dict):
        pairs = list(cast("dict[object, object]", value).items())[:MOST_ITEMS]
        return {_cut(str(key), LONGEST_TEXT): _bounded(item, depth + 1) for key, item in pairs}
    if depth < DEEPEST and isinstance(value, list | tuple | set | frozenset):
        items = list(cast("Iterable[object]", value))[:MOST_ITEMS]
        return [_bounded(item, depth + 1) for item in items]
    return _cut(str(value), LONGEST_TEXT)


def _cut(text: str, longest: int) -> str:
    """Return *text* without its middle when it is too long, and without broken characters."""
    if len(text) > longest:
        half = longest // 2
        text = f"{text[:half]} …{len(text) - 2 * half} characters… {text[-half:]}"
    return text.encode(errors="backslashreplace").decode()


def _rfc3339(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _crashed(kind: type[BaseException], error: BaseException, story: TracebackType | None) -> None:
    log.critical("the program ended with an error", exc_info=(kind, error, story))


def _thread_crashed(crash: threading.ExceptHookArgs) -> None:
    if crash.exc_value is None or isinstance(crash.exc_value, SystemExit):
        return
    extra = {"in_thread": crash.thread.name if crash.thread else ""}
    log.critical("a thread ended with an error", exc_info=crash.exc_value, extra=extra)


def _unraisable(crash: "UnraisableHookArgs") -> None:
    log.error("an error was raised where nobody could catch it", exc_info=crash.exc_value)
