"""Why a request is not admitted. The sentences are ours: nothing of a token is ever in them."""

NEEDED = "a bearer token is needed"
RETRY_SECONDS = 5


class Refused(Exception):
    """A request that is answered with an error of OAuth."""

    def __init__(self, status: int, error: str, sentence: str) -> None:
        """Keep the status, the code of RFC 6750 (empty: none was tried), and the sentence."""
        super().__init__(sentence)
        self.status = status
        self.error = error
        self.sentence = sentence


class UnknownKey(Exception):
    """A token that no key at hand can judge; newer keys might."""


class Unreachable(Exception):
    """Keys that cannot be had now; the message says why, for the log."""


class Absent(Unreachable):
    """Somebody answered, but not with what was looked for: it may be elsewhere."""


def nobody() -> Refused:
    """Return what is answered when no token was given."""
    return Refused(401, "", NEEDED)


def malformed(sentence: str) -> Refused:
    """Return what is answered when the request does not show its token as it should."""
    return Refused(400, "invalid_request", sentence)


def invalid(sentence: str) -> Refused:
    """Return what is answered to a token that is not good."""
    return Refused(401, "invalid_token", sentence)


def insufficient() -> Refused:
    """Return what is answered to a good token that allows too little."""
    return Refused(403, "insufficient_scope", "the token lacks a scope that is needed here")
