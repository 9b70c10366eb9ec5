"""The adapter behind its launcher, as in a Pod: the launcher is told first that all is to end."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.adapter.program import WAIT_SECONDS, serving
from tests.adapter.programs import launcher

TIDY = """
import json, sys
print("all is laid out", file=sys.stderr, flush=True)
for line in sys.stdin:
    message = json.loads(line)
    if message.get("method") == "initialize":
        result = {"protocolVersion": "2025-06-18", "capabilities": {},
                  "serverInfo": {"name": "tidy", "version": "1"}}
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
    elif "id" in message:
        error = {"code": -32601, "message": "unknown"}
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "error": error}), flush=True)
print("all is put away", file=sys.stderr)
"""


@pytest.mark.slow
def test_servers_hear_the_end_of_their_input_before_any_signal(tmp_path: Path) -> None:
    path = str(tmp_path / "adapter.sock")
    words = [str(launcher()), "--socket", path, "--", sys.executable, "-c", TIDY]
    flags = ["--launcher-socket", path, "--drain-delay=0s", "--spares=1"]
    with serving((), *flags) as adapter:
        adapter.logged("listening")
        with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as pod:
            adapter.wait_ready()
            pod.terminate()
            _, told = pod.communicate(timeout=WAIT_SECONDS)
    complaints = [line for line in adapter.lines if line["level"] != "info"]
    assert (pod.returncode, complaints) == (0, [])
    assert told.count("all is put away") == told.count("all is laid out") > 0
