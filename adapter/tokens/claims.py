"""What a token must say to be good here. Pure; the signature is judged elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass

from msgspec import UNSET

from adapter.tokens.refusals import insufficient, invalid
from adapter.tokens.written import Claims, Header

LEEWAY = 60.0
"""Seconds by which the clocks of issuer and adapter may differ."""
ACCESS_TOKEN = "at+jwt"


@dataclass(frozen=True)
class Policy:
    """Whom tokens must be made for, and what they must allow."""

    audiences: frozenset[str]
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """All that a rule looks at."""

    header: Header
    claims: Claims
    policy: Policy
    now: float


def asks_for_nothing_critical(case: Case) -> str | None:
    return None if case.header.crit is UNSET else "the token demands an extension (crit)"


def is_an_access_token(case: Case) -> str | None:
    kind = (case.header.typ or "jwt").lower().removeprefix("application/")
    fits = kind == "jwt" or kind.endswith(ACCESS_TOKEN)
    return None if fits else "the token is not an access token (typ)"


def is_for_us(case: Case) -> str | None:
    named = case.claims.aud
    given = {named} if isinstance(named, str) else set(named)
    return None if given & case.policy.audiences else "the token is for another audience"


def has_not_expired(case: Case) -> str | None:
    return "the token has expired" if case.claims.exp + LEEWAY <= case.now else None


def is_valid_already(case: Case) -> str | None:
    early = case.claims.nbf is not None and case.claims.nbf - LEEWAY > case.now
    return "the token is not valid yet" if early else None


def was_issued_before_now(case: Case) -> str | None:
    early = case.claims.iat is not None and case.claims.iat - LEEWAY > case.now
    return "the token was issued in the future" if early else None


def names_somebody(case: Case) -> str | None:
    known = case.claims.sub or case.claims.client_id
    return None if known else "the token names neither a subject nor a client"


def is_for_any_bearer(case: Case) -> str | None:
    return None if case.claims.cnf is UNSET else "the token is bound to a key (cnf): no bearer's"


RULES: tuple[Callable[[Case], str | None], ...] = (
    asks_for_nothing_critical,  # RFC 7515: what is not understood must not be accepted
    is_an_access_token,  # a token for signing out, say, carries the same signature
    is_for_us,  # or whoever serves the same users could use their tokens here
    has_not_expired,
    is_valid_already,
    was_issued_before_now,
    names_somebody,  # sessions belong to somebody
    is_for_any_bearer,  # who shows it has not shown that the key is theirs
)


def check(case: Case) -> None:
    """Raise Refused with the first rule that is broken."""
    sentence = next((found for rule in RULES if (found := rule(case))), None)
    if sentence is not None:
        raise invalid(sentence)


def check_scopes(claims: Claims, policy: Policy) -> None:
    """Raise Refused when the token allows too little."""
    if not _scopes(claims).issuperset(policy.scopes):
        raise insufficient()


def principal(claims: Claims) -> str:
    """Return whose token it is. An issuer has no blank, so no two principals read alike."""
    if claims.sub:
        return f"{claims.iss} subject {claims.sub}"
    return f"{claims.iss} client {claims.client_id}"


def _scopes(claims: Claims) -> set[str]:
    """Return the scopes; some issuers write `scp`, some write a list."""
    found: set[str] = set()
    for given in (claims.scope, claims.scp):
        if given is not None:
            found.update(given.split() if isinstance(given, str) else given)
    return found
