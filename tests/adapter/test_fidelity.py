"""What passes through the adapter arrives as it was spelled, in both directions."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapter import jsonrpc
from tests.adapter.peers import JSON, META, Modern, Streamable
from tests.adapter.program import Adapter, serving
from tests.adapter.spellings import ANYTHING, OBJECTS, TEXTS
from tests.adapter.wires import Heard, Wire

pytestmark = pytest.mark.slow

SCRIBE = str(Path(__file__).with_name("scribe.py"))
EXAMPLES = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
IDS = st.sampled_from(["1", '"1"', "-7", "9007199254740993", '"\\u00e4\\n"', '"ü"'])
SHAPES = st.sampled_from(
    [
        '{"jsonrpc":"2.0","id":@,"method":"tools/call","params":#,"unknown":[1.0]}',
        '{"method":"tools/call","params":#,"jsonrpc":"2.0","id":@}',
    ]
)
"""Where the id stands in all messages that we know of."""
STRANGE_SHAPES = st.sampled_from(
    [
        '{ "jsonrpc" : "2.0" , "id" : @ , "params" : # , "method" : "tools/call" }',
        '{"jsonrpc":"2.0","method":"tools/call","unknown":{"id":1.0},"id":@,"params":#}',
        '{"jsonrpc":"2.0","id":@,"method":"tools/call","params":#}',
    ]
)
TOKENS = st.one_of(st.integers(-5, 2**70).map(str), TEXTS)


class Line:
    """One client before one scribe, whose loop turns only while something is asked."""

    def __init__(self, client: Streamable, folder: Path) -> None:
        """Begin; *folder* is the scribe's."""
        self.folder = folder
        self.client = client
        self._loop = asyncio.new_event_loop()
        self._loop.run_until_complete(client.open())
        self._wire: Wire = self._loop.run_until_complete(client.connection())

    def ask(self, body: str, answer: str = '{"content":[]}') -> tuple[Heard, bytes]:
        """Return what the client hears, and what the server heard."""
        (self.folder / "answer").write_text(answer)
        headers = {**JSON, **self.client.session}
        if isinstance(self.client, Modern):
            more = {"Mcp-Method": "tools/call", "MCP-Protocol-Version": "2026-07-28"}
            headers |= {**more, "Mcp-Name": "write"}
        asking = self._wire.ask("POST", "/mcp", headers, body.encode())
        heard = self._loop.run_until_complete(asking)
        assert heard.status == 200, heard
        return heard, (self.folder / "heard").read_bytes()

    def close(self) -> None:
        """Hang up."""
        self._loop.run_until_complete(self._wire.close())
        self._loop.run_until_complete(self.client.close())
        self._loop.close()


def _lines(folder: Path, era: str, kind: type[Streamable]) -> Iterator[Line]:
    with serving([sys.executable, SCRIBE, str(folder), era]) as adapter:
        line = _line(adapter.wait_ready(), folder, kind)
        yield line
        line.close()


def _line(adapter: Adapter, folder: Path, kind: type[Streamable]) -> Line:
    return Line(kind(adapter.port), folder)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """Lend a legacy client of a legacy server."""
    yield from _lines(tmp_path_factory.mktemp("scribe"), "legacy", Streamable)


@pytest.fixture(scope="module")
def stateless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """Lend a modern client of a modern server."""
    yield from _lines(tmp_path_factory.mktemp("scribe"), "modern", Modern)


@pytest.fixture(scope="module")
def translated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """Lend a modern client of a legacy server."""
    yield from _lines(tmp_path_factory.mktemp("scribe"), "legacy", Modern)


def _spelled(message: bytes, name: str) -> bytes:
    return bytes(jsonrpc.members(message)[name])


def _asked(arguments: str, meta: str = "") -> str:
    return f'{{"name":"write","arguments":{arguments}{meta}}}'


@EXAMPLES
@given(shape=SHAPES, identity=IDS, arguments=OBJECTS, result=OBJECTS)
def test_both_directions_of_a_session_keep_every_byte_but_the_id(
    session: Line, shape: str, identity: str, arguments: str, result: str
) -> None:
    params = _asked(arguments)
    heard, arrived = session.ask(shape.replace("@", identity).replace("#", params), result)
    assert heard.body.decode() == f'{{"jsonrpc":"2.0","id":{identity},"result":{result}}}'
    before, _, after = shape.replace("#", params).partition("@")
    number = arrived[len(before.encode()) : len(arrived) - len(after.encode())]
    assert number.isdigit()
    assert arrived.decode() == f"{before}{number.decode()}{after}"


@EXAMPLES
@given(shape=STRANGE_SHAPES, arguments=OBJECTS, token=TOKENS)
def test_where_the_id_is_in_doubt_or_a_token_changes_all_else_stays(
    session: Line, shape: str, arguments: str, token: str
) -> None:
    meta = f',"_meta":{{"progressToken":{token},"x":1.0}}'
    _, arrived = session.ask(shape.replace("@", "1").replace("#", _asked(arguments, meta)))
    params = _spelled(arrived, "params")
    assert _spelled(params, "arguments").decode() == arguments
    assert _spelled(_spelled(params, "_meta"), "x") == b"1.0"
    number = _spelled(arrived, "id")
    assert number.isdigit()
    assert _spelled(_spelled(params, "_meta"), "progressToken") == number


@EXAMPLES
@given(identity=IDS, arguments=OBJECTS, result=OBJECTS)
def test_a_modern_server_hears_its_clients_own_words_and_they_its(
    stateless: Line, identity: str, arguments: str, result: str
) -> None:
    heard, arrived = stateless.ask(_modern(identity, arguments), result)
    assert heard.body.decode() == f'{{"jsonrpc":"2.0","id":{identity},"result":{result}}}'
    params = _spelled(arrived, "params")
    assert _spelled(params, "arguments").decode() == arguments
    assert _spelled(params, "_meta") == json.dumps(META).encode()


@EXAMPLES
@given(identity=IDS, arguments=OBJECTS, results=st.lists(ANYTHING, max_size=3))
def test_translation_adds_and_changes_nothing(
    translated: Line, identity: str, arguments: str, results: list[str]
) -> None:
    said = ",".join(f'"m{number}":{one}' for number, one in enumerate(results))
    heard, arrived = translated.ask(_modern(identity, arguments), f"{{{said}}}")
    assert _spelled(_spelled(arrived, "params"), "arguments").decode() == arguments
    assert _spelled(heard.body, "id").decode() == identity
    members = jsonrpc.members(_spelled(heard.body, "result"))
    told = [bytes(members[f"m{number}"]).decode() for number in range(len(results))]
    assert told == results
    assert bytes(members["resultType"]) == b'"complete"'


def _modern(identity: str, arguments: str) -> str:
    params = _asked(arguments, f',"_meta":{json.dumps(META)}')
    return f'{{"jsonrpc":"2.0","id":{identity},"method":"tools/call","params":{params}}}'
