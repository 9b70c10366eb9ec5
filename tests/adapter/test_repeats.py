"""A message of a client that says two things by one name is refused, whoever would read which."""

import pytest

from adapter import jsonrpc
from adapter.jsonrpc import Malformed
from tests.adapter.client import begun
from tests.adapter.peers import Events, Socket
from tests.adapter.processes.ear import in_a_loop
from tests.adapter.program import Adapter
from tests.adapter.wires import wired

TWICE = "a member of the message came twice"
AGAIN = b'{"jsonrpc":"2.0","id":1,"method":"ping","id":2}'
REPEATING = [
    pytest.param(AGAIN, id="id"),
    pytest.param(b'{"jsonrpc":"2.0","id":1,"id":1,"method":"ping"}', id="the same id"),
    pytest.param(b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"x"}', id="method"),
    pytest.param(b'{"jsonrpc":"2.0","id":1,"method":"ping","\\u0069d":2}', id="escaped"),
    pytest.param(b'{ "jsonrpc": "2.0", "id": 1, "method": "ping", "id": 2 }', id="spaced"),
    pytest.param(b'{"jsonrpc": "2.0","id":1,"id":2,"method":"ping"}', id="a blank"),
    pytest.param(b'{"jsonrpc":"2.0","id":1,"method":"a","params":{},"params":{}}', id="params"),
    pytest.param(b'{"jsonrpc":"2.0","method":"a","method":"b"}', id="notification"),
    pytest.param(b'{"jsonrpc":"2.0","id":1,"result":{},"result":1}', id="answer"),
    pytest.param(b'{"jsonrpc":"2.0","id":1,"method":"a","x":1,"x":1}', id="unknown"),
    pytest.param(b'{"jsonrpc":"2.0","id":"\\ud800","method":"a","id":1}', id="half a pair"),
]
SINGLE = [
    b'{"jsonrpc":"2.0","id":1,"method":"ping"}',
    b'{"method":"ping","params":{"id":1,"method":{"id":1}},"id":"x","jsonrpc":"2.0"}',
    b'{"jsonrpc":"2.0","id":1,"method":"a","x":{"id":1},"y":[{"id":1},{"id":2}]}',
    b'{"jsonrpc":"2.0","id":"\\ud800","method":"\\u00e4"}',
    b'{ "jsonrpc" : "2.0" , "id" : 1 , "result" : { "a" : 1 , "a" : 2 } }',
    b'{"id":1,"method":"ping"}',
]


@pytest.mark.parametrize("message", REPEATING)
def test_a_name_that_comes_twice_is_refused(message: bytes) -> None:
    with pytest.raises(Malformed, match=TWICE) as refused:
        jsonrpc.received(message)
    assert refused.value.code == jsonrpc.INVALID_REQUEST


@pytest.mark.parametrize("message", SINGLE)
def test_names_inside_are_none_of_our_business(message: bytes) -> None:
    assert jsonrpc.received(message) == jsonrpc.checked(message)


def test_it_is_refused_in_a_post_and_in_a_list(adapter: Adapter) -> None:
    client = begun(adapter, "2025-03-26")
    for body in (AGAIN, b"[%b]" % AGAIN):
        answer = client.post(body)
        error = answer.json["error"]
        assert (answer.status, error["code"], error["message"]) == (400, -32600, TWICE)


@in_a_loop
async def test_it_is_refused_by_the_other_fronts(adapter: Adapter) -> None:
    socket, events = Socket(adapter.port), Events(adapter.port)
    await socket.open()
    socket.line.write_frame(AGAIN)
    assert TWICE.encode() in (await socket.line.frame())[1]
    await socket.close()
    await events.open()
    async with wired(adapter.port) as line:
        heard = await line.ask("POST", events.address, {"Content-Type": "application/json"}, AGAIN)
    assert (heard.status, TWICE.encode() in heard.body) == (400, True)
    await events.close()
