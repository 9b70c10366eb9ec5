"""A program in the launcher's place that breaks its word: it hands over what are no pipes."""

import array
import json
import os
import socket
import sys
import time

PATH = "/run/kmcp/adapter.sock"
HELLO: dict[str, object] = {
    "type": "hello",
    "version": 1,
    "launcher": "impostor",
    "restartPolicy": "Always",
}


def main() -> None:
    """Say hello, and answer every start with the wrong descriptors."""
    link = dialled()
    reading, writing = os.pipe()
    os.write(writing, b"kmcp")
    send(link, HELLO, [reading])
    wrong = [os.open("/dev/zero", os.O_RDWR), os.open("/", os.O_RDONLY)]
    while packet := link.recv(65536):
        message = json.loads(packet)
        print("the adapter said", message["type"], file=sys.stderr, flush=True)
        if message["type"] == "start":
            send(link, {"type": "started", "id": message["id"], "pid": 1}, wrong)
        elif message["type"] == "stop":
            send(link, {"type": "ended", "id": message["id"], "code": 1}, [])


def dialled() -> socket.socket:
    """Return a connection to the adapter, which may still be starting."""
    for _ in range(500):
        link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            link.connect(PATH)
        except OSError:
            link.close()
            time.sleep(0.02)
        else:
            return link
    sys.exit("nobody listens")


def send(link: socket.socket, message: dict[str, object], descriptors: list[int]) -> None:
    """Send a packet."""
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))
    link.sendmsg([json.dumps(message).encode()], [rights] if descriptors else [])


if __name__ == "__main__":
    main()
