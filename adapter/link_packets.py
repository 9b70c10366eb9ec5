"""The packets between adapter and launcher, as adapter/launcher/PROTOCOL.md tells them."""

import fcntl
import os
import stat
import struct
from collections.abc import Sequence

import msgspec

VERSION = 1
LARGEST = 64 * 1024
CHUNK = 32 * 1024
WINDOW = 256 * 1024
"""How many relayed bytes may be under way in one direction of one process."""
PROBE = b"kmcp"
INPUT, OUTPUT, CREDIT = b"i", b"o", b"c"
HEADER = struct.Struct(">cI")
COUNT = struct.Struct(">I")


class Message(msgspec.Struct, omit_defaults=True, rename="camel"):
    """A packet in JSON; its type says which fields matter."""

    type: str
    version: int = 0
    launcher: str = ""
    restart_policy: str = ""
    descriptors: bool = False
    after_eof: int = 0
    after_term: int = 0
    id: int = 0
    pid: int = 0
    code: int | None = None
    signal: int | None = None
    tail: str = ""
    reason: str = ""


encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Message)


def decode(data: bytes) -> Message | None:
    """Return the message, or None for what is none."""
    try:
        return _decoder.decode(data)
    except msgspec.DecodeError:
        return None


def relayed(kind: bytes, number: int, data: bytes | memoryview) -> bytes:
    """Return the packet that carries *data* of the process *number*."""
    return HEADER.pack(kind, number) + data


def credit(number: int, count: int) -> bytes:
    """Return the packet that lets *count* more bytes come."""
    return relayed(CREDIT, number, COUNT.pack(count))


def proves(descriptors: Sequence[int]) -> bool:
    """Whether descriptors get through: the only one is a pipe that holds the probe."""
    if len(descriptors) != 1 or not _is_pipe(descriptors[0], os.O_RDONLY):
        return False
    os.set_blocking(descriptors[0], False)
    try:
        return os.read(descriptors[0], len(PROBE) + 1) == PROBE
    except OSError:
        return False


def are_pipes(descriptors: Sequence[int]) -> bool:
    """Whether they are what a process needs: a pipe to write to and one to read from."""
    modes = (os.O_WRONLY, os.O_RDONLY)
    return len(descriptors) == len(modes) and all(map(_is_pipe, descriptors, modes))


def _is_pipe(descriptor: int, mode: int) -> bool:
    try:
        if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            return False
        return fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == mode
    except OSError:
        return False


def close_all(descriptors: Sequence[int]) -> None:
    """Close what nobody wants."""
    for descriptor in descriptors:
        os.close(descriptor)
