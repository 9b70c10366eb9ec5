"""Takes JSON apart that is nested too deeply to be decoded, so that one object spoils no other.

The decoder gives up after about a thousand levels, and with it a whole list would be lost.
"""

import re
from collections.abc import Iterator

TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},:]')


def members(content: bytes) -> dict[str, bytes]:
    """Return the members of an object by name, as they are written; names are plain ASCII."""
    found = dict[str, bytes]()
    for piece in _pieces(content):
        name = TOKEN.match(piece)
        if name is not None and name.group().startswith(b'"'):
            value = piece[name.end() :].lstrip()
            found[name.group()[1:-1].decode(errors="replace")] = value[1:].strip()
    return found


def elements(content: bytes) -> list[bytes]:
    """Return the items of a list, as they are written; none when it is no list."""
    return list(_pieces(content)) if content.lstrip().startswith(b"[") else []


def _pieces(content: bytes) -> Iterator[bytes]:
    """Yield what stands between the commas of the outermost brackets."""
    depth, begin = 0, 0
    for token in TOKEN.finditer(content):
        sign = token.group()
        if sign in (b"{", b"["):
            depth += 1
            begin = token.end() if depth == 1 else begin
        elif sign in (b"}", b"]"):
            depth -= 1
        ends = depth == 0 or (depth == 1 and sign == b",")
        if ends and (piece := content[begin : token.start()].strip()):
            yield piece
        if depth == 0:
            return
        begin = token.end() if ends else begin
