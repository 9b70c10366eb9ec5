"""Server-sent events as bytes."""

COMMENT = b": \n\n"
"""What keeps a silent stream open on its way through proxies; clients ignore it."""


def event(message: bytes, identity: bytes | None = None) -> bytes:
    """Return the event that carries *message*, which a client can resume after by *identity*."""
    if b"\n" in message or b"\r" in message:
        message = b"\ndata: ".join(
            message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        )
    if identity is None:
        return b"event: message\ndata: %b\n\n" % message
    if b"\n" in identity or b"\r" in identity or b"\0" in identity:
        raise ValueError("an event's id is one line without NUL")
    return b"event: message\nid: %b\ndata: %b\n\n" % (identity, message)
