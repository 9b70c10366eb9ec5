"""Translation: serves modern clients with a server that was made for sessions."""

from typing import Any

import msgspec
from msgspec import Raw

from adapter import jsonrpc
from adapter.children import Child, Failed
from adapter.eras import LEGACY_VERSIONS, Knowledge
from adapter.jsonrpc import Envelope
from adapter.modern import listeners, refusals
from adapter.modern.asked import Asked
from adapter.modern.capabilities import Capabilities, discovered
from adapter.modern.catalogue import Catalogue
from adapter.modern.exchanges import Exchange
from adapter.modern.hosts import Host, Place
from adapter.modern.levels import ours
from adapter.modern.listeners import Listeners
from adapter.modern.policy import Policy, Sharing
from adapter.modern.pool import HOME, Pool
from adapter.modern.questions import Desk
from adapter.modern.vocabulary import CALL, DISCOVER, LIST_TOOLS, LISTEN, NAMED_BY
from adapter.modern.works import Work
from adapter.supply import NoChild, Supply

OFFERED_BY = {
    "tools/list": "tools",
    "tools/call": "tools",
    "prompts/list": "prompts",
    "prompts/get": "prompts",
    "resources/list": "resources",
    "resources/templates/list": "resources",
    "resources/read": "resources",
    "completion/complete": "completions",
}
"""All methods that both eras have, and the capability that says a server has them.

Some servers answer a method they do not know with another error than that, so we say it.
"""


class Translation:
    """Modern clients of one older server (adapter.modern.hosts.House)."""

    def __init__(self, supply: Supply, policy: Policy) -> None:
        """Begin without a process; the first to come is the resident."""
        self.policy = policy
        self.supply = supply
        self.desk = Desk(policy)
        self.listeners = Listeners()
        self.pool = Pool(supply, policy, self)
        self._catalogue = Catalogue()
        self._knowledge = Knowledge(modern=False, versions=())
        self._discovered = b"{}"

    def adopt(self, child: Child, knowledge: Knowledge) -> None:
        """Serve with the resident, which has shaken hands as a client that cannot be asked."""
        self._knowledge = knowledge
        told = discovered(
            knowledge.capabilities, knowledge.info, knowledge.instructions, LEGACY_VERSIONS
        )
        self._discovered = msgspec.json.encode(told)
        self.pool.settle(child).settle(knowledge)
        if "tools" in knowledge.capabilities:
            self._catalogue.refresh(self._tools)
        self.pool.house()

    def take(self, asked: Asked, exchange: Exchange) -> None:
        """Do what a client asks."""
        method = asked.method
        if method == DISCOVER:
            exchange.answer(jsonrpc.result(asked.identity, self._discovered), None)
        elif method == LISTEN:
            self._listen(asked, exchange)
        elif OFFERED_BY.get(method) not in self._knowledge.capabilities:
            exchange.refuse(refusals.unknown(method))
        elif asked.state is None or not self.desk.continues(asked, exchange):
            work = Work(asked, exchange)
            if method == CALL and not self._catalogue.is_plain(asked):
                self._check(work)
            else:
                self._place(work)

    def tick(self, now: float) -> None:
        """Look after everything that waits."""
        self.desk.tick(now)
        self.pool.tick(now)
        for scope in {scope for scope, _ in self.listeners.uris}:
            self._watch(scope)

    def drain(self) -> None:
        """End the subscriptions, and what waits for answers."""
        self.desk.close()
        self.listeners.close(self._knowledge.info)

    def close(self) -> None:
        """Ask nothing more."""
        self._catalogue.close()

    # What hosts tell (adapter.modern.hosts.House), and what the pool asks (pool.Builder)

    def host(self, child: Child, place: Place) -> Host:
        """Return a host of this house."""
        return Host(child, self, place)

    def make_way(self) -> None:
        """Give up a call that waits for its client, as others wait for its process."""
        self.desk.make_way()

    def is_needed(self, place: Place) -> bool:
        """Say whether somebody listens there."""
        return place[1] == Capabilities() and bool(self.listeners.wanted(place[0]))

    def settled(self, host: Host) -> None:
        """Have the host watch what its listeners want to hear of."""
        scope = host.place[0]
        if host is self._watching(scope):
            for uri in self.listeners.wanted(scope):
                self._tell_watching(scope, "resources/subscribe", uri)
            self.listeners.everything_changed(scope)

    def freed(self, host: Host) -> None:
        """Let the host go on."""
        self.pool.freed(host)

    def lost(self, host: Host) -> None:
        """Forget the host."""
        self.pool.lost(host)

    def posed(self, host: Host, work: Work, envelope: Envelope) -> None:
        """Ask the client."""
        self.desk.posed(host, work, envelope)

    def url_needed(self, work: Work, envelope: Envelope) -> bool:
        """Send the client to a page."""
        return self.desk.url_needed(work, envelope)

    def announced(self, host: Host, message: bytes, envelope: Envelope) -> None:
        """Tell the listeners, whichever host says it."""
        if envelope.method == "notifications/tools/list_changed":
            self._catalogue.changed()
        self.listeners.announce(host.place[0], message, envelope)

    # Works

    def _check(self, work: Work) -> None:
        """Compare headers and arguments, as soon as it is known which belong together."""

        def checked() -> None:
            wrong = self._catalogue.problem(work.asked)
            if wrong is None:
                self._place(work)
            elif work.exchange is not None:
                work.exchange.refuse(wrong)

        if self._catalogue.knows(work.asked, self._tools, checked):
            checked()

    def _place(self, work: Work) -> None:
        asked = work.asked
        if work.abandoned:
            return
        place = (self._scope(asked), asked.can)
        alone = self.policy.sharing is Sharing.PER_REQUEST
        if asked.method in NAMED_BY and (alone or asked.can.askable):
            self.pool.seclude(work, place)
        else:
            self.pool.share(work, place)

    def _scope(self, asked: Asked) -> str | None:
        return asked.principal if self.policy.sharing is Sharing.PER_PRINCIPAL else None

    # Listening

    def _listen(self, asked: Asked, exchange: Exchange) -> None:
        if len(self.listeners.all) >= self.policy.listeners:
            exchange.busy("too many subscriptions", 10)
            return
        scope = self._scope(asked)
        offered = self._knowledge.capabilities
        one = listeners.listener(asked, exchange, scope, offered, self.policy.uris)
        exchange.left = lambda: self._unlisten(one)
        new = self.listeners.add(one)
        if new:
            self._watch(scope)
        for uri in new:
            self._tell_watching(scope, "resources/subscribe", uri)

    def _unlisten(self, one: listeners.Listener) -> None:
        for uri in self.listeners.remove(one):
            self._tell_watching(one.scope, "resources/unsubscribe", uri)

    def _watching(self, scope: str | None) -> Host | None:
        """Return the host that is subscribed to what listeners want."""
        return self.pool.first((scope, Capabilities()))

    def _watch(self, scope: str | None) -> None:
        """Start a host for listeners who would hear nothing otherwise; the resident comes alone."""
        if scope is not None and self._watching(scope) is None:
            try:
                self.pool.start((scope, Capabilities()))
            except NoChild:
                return  # the next tick tries again

    def _tell_watching(self, scope: str | None, method: str, uri: str) -> None:
        host = self._watching(scope)
        if host is not None and host.knowledge is not None:
            message = jsonrpc.request(b"0", method, {"uri": uri})
            host.child.request(ours(method), message, Envelope())

    async def _tools(self, cursor: dict[str, Any]) -> dict[str, Raw]:
        host = self.pool.first(HOME)
        if host is None:
            raise Failed("the server is not there")
        return await host.child.page(LIST_TOOLS, cursor, self.policy.start_seconds, "tools")
