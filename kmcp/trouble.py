"""What can go wrong, in one line that says how to go on, and the code that kmcp ends with."""

from enum import IntEnum


class Code(IntEnum):
    """How kmcp ends, for scripts."""

    DONE = 0
    FAILED = 1
    """What was looked at is wrong, or the cluster refused."""
    USAGE = 2
    """A command, flag or file that cannot be used."""
    CLUSTER = 3
    """No cluster could be asked."""
    MISSING = 4
    """There is no such object."""
    INTERRUPTED = 130


class Trouble(Exception):
    """The end of a command; the message is for people, and names what to do next."""

    def __init__(self, message: str, code: Code = Code.FAILED) -> None:
        """End with *code* after saying *message*."""
        super().__init__(message)
        self.code = code
