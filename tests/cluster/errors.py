"""The one kind of failure that the command line prints as a sentence instead of a traceback."""


class RigError(Exception):
    """The cluster could not be brought up, asked or taken down; the message says how to mend it."""
