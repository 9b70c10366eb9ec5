"""The gate: admits who shows a good bearer token, and tells the others how to get one."""

import re
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from adapter.figures import Figures
from adapter.legacy.refusal import refuse, unavailable
from adapter.tokens import claims, written
from adapter.tokens.claims import LEEWAY, Case, Policy
from adapter.tokens.discovery import source
from adapter.tokens.issuers import PACE, Issuer, Pace
from adapter.tokens.metadata import Metadata
from adapter.tokens.passes import Passes
from adapter.tokens.refusals import (
    RETRY_SECONDS,
    Refused,
    UnknownKey,
    invalid,
    malformed,
    nobody,
)
from adapter.tokens.written import LONGEST, Written
from adapter.wire.guard import Guard
from adapter.wire.replies import Reply
from adapter.wire.requests import Request

if TYPE_CHECKING:
    from adapter.settings import Settings

Go = Callable[[str | None], None]

AUTHORIZATION = b"authorization"
IN_QUERY = "access_token="
BEARER = re.compile(rb"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)
NO_KEYS = "tokens cannot be judged now: the keys of their issuer are out of reach"


class Gate:
    """Asks for a bearer token (adapter.routes.Gate)."""

    def __init__(self, policy: Policy, metadata: Metadata, figures: Figures) -> None:
        """Admit by *policy*; nobody is trusted until issuers are."""
        self.metadata = metadata
        self.passes = Passes()
        self._policy = policy
        self._figures = figures
        self._issuers: dict[str, Issuer] = {}

    def trust(self, name: str, keys: str = "", pace: Pace = PACE) -> None:
        """Trust an issuer, by the keys found at *keys*, or where it says itself."""
        self._issuers[name] = Issuer(name, source(name, keys), self.passes.clear, pace)

    def close(self) -> None:
        """Fetch no more keys."""
        for issuer in self._issuers.values():
            issuer.close()

    def admit(self, request: Request, reply: Reply, go_on: Go) -> None:
        """Call *go_on* with whose token it is, now or when there are keys, or answer why not."""
        given = request.headers.get(AUTHORIZATION)
        if given is not None and not request.repeated and IN_QUERY not in request.query:
            who = self.passes.find(given, time.time())
            if who is not None:
                go_on(who)
                return
        try:
            token = written.read(shown(request))
            self._judge(request, reply, go_on, token)
        except Refused as refused:
            self._refuse(request, reply, refused)

    def _judge(
        self, request: Request, reply: Reply, go_on: Go, token: Written, *, may_wait: bool = True
    ) -> None:
        now = time.time()
        issuer = self._issuers.get(token.claims.iss)
        if issuer is None:
            raise invalid("the token comes from another issuer")
        # First what costs nothing: else anybody could make us fetch keys and do mathematics.
        claims.check(Case(token.header, token.claims, self._policy, now))
        try:
            issuer.check(token)
        except UnknownKey:
            resume = partial(self._resume, request, reply, go_on, token)
            if not (may_wait and issuer.renew(resume)):
                self._give_up(issuer, reply)
            return
        claims.check_scopes(token.claims, self._policy)
        who = claims.principal(token.claims)
        self.passes.keep(request.headers[AUTHORIZATION], who, token.claims.exp + LEEWAY)
        go_on(who)

    def _give_up(self, issuer: Issuer, reply: Reply) -> None:
        """Answer about a token whose key is not known, and will not be soon."""
        if issuer.problem is None:
            raise invalid("the token is signed with an unknown key")
        self._figures.refused["no keys"] += 1
        unavailable(reply, NO_KEYS, RETRY_SECONDS)

    def _resume(self, request: Request, reply: Reply, go_on: Go, token: Written) -> None:
        """Judge a request that waited for keys, if its client is still there."""
        if reply.finished:
            return
        try:
            self._judge(request, reply, go_on, token, may_wait=False)
        except Refused as refused:
            self._refuse(request, reply, refused)

    def _refuse(self, request: Request, reply: Reply, refused: Refused) -> None:
        self._figures.refused[refused.sentence] += 1
        headers = self.metadata.challenge(request, refused)
        refuse(reply, refused.status, refused.sentence, headers=headers)


def shown(request: Request) -> bytes:
    """Return the token of a request; raise Refused when it shows none, or not as it should."""
    if IN_QUERY in request.query:
        raise malformed("a token does not belong into the address: use the Authorization header")
    if AUTHORIZATION in request.repeated:
        raise malformed("the Authorization header came more than once")
    given = request.headers.get(AUTHORIZATION)
    if given is None or given[:6].lower() != b"bearer":
        raise nobody()
    if len(given) > LONGEST:
        raise malformed(f"the token is longer than {LONGEST} bytes")
    found = BEARER.fullmatch(given)
    if found is None:
        raise malformed("the Authorization header is malformed")
    return found[1]


def gate(settings: "Settings", guard: Guard, figures: Figures) -> Gate:
    """Return the gate that the settings ask for, which has begun to fetch keys."""
    metadata = Metadata(
        path=settings.path,
        url=settings.resource_url,
        issuers=settings.token_issuer,
        scopes=settings.token_scopes,
        guard=guard,
    )
    policy = Policy(frozenset(settings.token_audience), settings.token_scopes)
    made = Gate(policy, metadata, figures)
    for issuer in settings.token_issuer:
        made.trust(issuer, settings.token_jwks)
    return made
