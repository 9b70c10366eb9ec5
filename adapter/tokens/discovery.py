"""Where an issuer publishes its keys (RFC 8414, OpenID Connect Discovery), and the keys. Blocks."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from adapter.tokens import keys
from adapter.tokens.addresses import is_safe
from adapter.tokens.fetching import fetched, from_file
from adapter.tokens.keys import Keys
from adapter.tokens.refusals import Absent, Unreachable

Source = Callable[[], Keys]

OAUTH = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"


class _Metadata(Struct):
    issuer: str
    jwks_uri: str


def source(issuer: str, given: str) -> Source:
    """Return what fetches the keys of *issuer*: from where was given, or from where it says."""
    if not given:
        return lambda: keys.read(fetched(_address_of_keys(issuer)))
    if "://" in given:
        return lambda: keys.read(fetched(given))
    return lambda: keys.read(from_file(Path(given)))


def places(issuer: str) -> tuple[str, ...]:
    """Return where the metadata of an issuer may be, in the order in which clients look."""
    parts = urlsplit(issuer)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    found = (f"{origin}{OAUTH}{path}", f"{origin}{OPENID}{path}", f"{origin}{path}{OPENID}")
    return tuple(dict.fromkeys(found))


def _address_of_keys(issuer: str) -> str:
    reasons: list[str] = []
    for place in places(issuer):
        try:
            return _named(issuer, fetched(place))
        except Absent as error:
            reasons.append(str(error))
    raise Unreachable("; ".join(reasons))


def _named(issuer: str, document: bytes) -> str:
    """Return the address in a document that *issuer* answers for."""
    try:
        metadata = msgspec.json.decode(document, type=_Metadata)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Absent("the metadata of the issuer cannot be read") from error
    if metadata.issuer != issuer:
        raise Absent("the metadata is that of another issuer")
    address = metadata.jwks_uri
    downgraded = issuer.startswith("https:") and not address.startswith("https:")
    if downgraded or not is_safe(address):
        raise Unreachable("the issuer names an address of keys that is not safe (jwks_uri)")
    return address
