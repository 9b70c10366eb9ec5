"""Say what takes long: a live line with the elapsed time on a terminal, plain lines elsewhere."""

import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

REDRAW_SECONDS = 0.5


@contextmanager
def step(doing: str) -> Generator[None]:
    """Announce *doing*, and say how long it took once it is done."""
    started = time.monotonic()
    finished = threading.Event()
    live = sys.stderr.isatty()

    def elapsed() -> str:
        return f"{time.monotonic() - started:6.1f} s"

    def redraw() -> None:
        while not finished.wait(REDRAW_SECONDS):
            print(f"\r  {elapsed()}  {doing} …", end="", file=sys.stderr, flush=True)

    if not live:
        print(f"            {doing} …", file=sys.stderr, flush=True)
    painter = threading.Thread(target=redraw, daemon=True)
    if live:
        painter.start()
    outcome = "failed: "
    try:
        yield
        outcome = ""
    finally:
        finished.set()
        if live:
            painter.join()
        start_of_line = "\r\x1b[K" if live else ""
        print(f"{start_of_line}  {elapsed()}  {outcome}{doing}", file=sys.stderr, flush=True)
