"""Addresses and words that the flags for tokens take: read strictly, for they decide whom we trust.

Nothing here needs cryptography: the settings are read whether tokens are wanted or not.
"""

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from adapter.wire.guard import LOOPBACK
from flags.words import several

if TYPE_CHECKING:
    from adapter.settings import Settings

SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
"""What RFC 6749 allows in a scope; it goes into a header between quotes."""
PLAIN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
WEB = ("https", "http")
LIBRARY = "cryptography"
INSTALL = "pip install 'kmcp[adapter-tokens]'"


def is_safe(address: str) -> bool:
    """Say whether what is fetched from *address* can be trusted: over TLS, or from this machine."""
    parts = _parts(address)
    if parts is None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def issuers(word: str) -> tuple[str, ...]:
    """Read the flag for issuers."""
    found = several(word)
    for one in found:
        if not is_safe(one) or "?" in one:
            raise ValueError("must be https URLs, without ? and #")
    return tuple(dict.fromkeys(found))


def key_source(word: str) -> str:
    """Read the flag for keys: an address, or a file."""
    if "://" in word and not is_safe(word):
        raise ValueError("must be an https URL or a file")
    return word


def scopes(word: str) -> tuple[str, ...]:
    """Read the flag for scopes; people write them with commas, and OAuth with blanks."""
    found = tuple(word.replace(",", " ").split())
    if not all(SCOPE.fullmatch(one) for one in found):
        raise ValueError("must be scopes such as mcp:tools")
    return found


def resource(word: str) -> str:
    """Read the flag for our own address."""
    if not word:
        return ""
    parts = _parts(word)
    if parts is None or parts.scheme not in WEB or parts.query:
        raise ValueError("must be a URL such as https://host/mcp")
    return word


def problem(settings: "Settings") -> str | None:
    """Return what does not go together, or None."""
    if not settings.token_issuer:
        names = ("token_audience", "token_jwks", "token_scopes", "resource_url")
        lost = [name.replace("_", "-") for name in names if getattr(settings, name)]
        return f"--{lost[0]} needs --token-issuer" if lost else None
    if not settings.token_audience:
        return "--token-issuer needs --token-audience: whom tokens for this server are made for"
    if settings.token_jwks and len(settings.token_issuer) > 1:
        return "--token-jwks goes with one issuer: each has keys of its own"
    if not _is_installed(LIBRARY):
        return f"--token-issuer needs {LIBRARY}, which is not installed: {INSTALL}"
    return None


def _is_installed(library: str) -> bool:
    try:
        return find_spec(library) is not None
    except ImportError:
        return False


def _parts(address: str) -> SplitResult | None:
    """Return the parts of an absolute address without user and fragment, None for any other."""
    if not PLAIN.fullmatch(address) or "#" in address:
        return None
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises when it is none
    except ValueError:
        return None
    return parts if parts.hostname and "@" not in parts.netloc else None
