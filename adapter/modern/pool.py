"""Pool: which host does which work, and how many hosts there are."""

import time
from collections import deque
from typing import Protocol

from adapter.children import Child
from adapter.modern.capabilities import Capabilities
from adapter.modern.hosts import Host, Place
from adapter.modern.policy import Policy, Sharing
from adapter.modern.works import Work
from adapter.supply import NoChild, Supply

HOME: Place = (None, Capabilities())
"""Where the resident serves: everybody's clients that cannot be asked anything."""


class Builder(Protocol):
    """Whoever makes a host of a process."""

    def host(self, child: Child, place: Place) -> Host:
        """Return a host."""
        ...

    def make_way(self) -> None:
        """End what holds a process for nothing, as far as one can tell."""

    def is_needed(self, place: Place) -> bool:
        """Say whether a host is needed there even without work."""
        ...


class Pool:
    """All hosts of one server."""

    def __init__(self, supply: Supply, policy: Policy, builder: Builder) -> None:
        """Begin without any; the first to come is the resident."""
        self.places: dict[Place, list[Host]] = {}
        self.queue: deque[tuple[Work, Place]] = deque()
        """What waits for a host of its own."""
        self.homeless: list[Work] = []
        """What waits for the resident."""
        self._supply = supply
        self._policy = policy
        self._builder = builder

    @property
    def size(self) -> int:
        """How many processes serve here, the resident included."""
        return sum(map(len, self.places.values()))

    def first(self, place: Place) -> Host | None:
        """Return the host that has served a place for longest."""
        return next(iter(self.places.get(place, ())), None)

    def settle(self, child: Child) -> Host:
        """Take the resident in."""
        host = self._builder.host(child, HOME)
        self.places.setdefault(HOME, []).insert(0, host)
        return host

    def house(self) -> None:
        """Have the resident do what waited for it."""
        host = self.first(HOME)
        if host is not None:
            homeless, self.homeless = self.homeless, []
            for work in homeless:
                host.run(work, exclusive=False)

    def share(self, work: Work, place: Place) -> None:
        """Do *work* where other works are being done."""
        for host in self.places.get(place, ()):
            if not host.child.stopping:
                host.run(work, exclusive=False)
                return
        if place == HOME:
            self._wait(work)
            self.homeless.append(work)
        else:
            try:
                self.start(place).run(work, exclusive=False)
            except NoChild as error:
                if work.exchange is not None:
                    work.exchange.busy(str(error), error.seconds)

    def seclude(self, work: Work, place: Place) -> None:
        """Do *work* where no other work may ask."""
        host = self._free(place)
        if host is not None:
            host.run(work, exclusive=True)
        elif len(self.queue) >= self._policy.waiting and work.exchange is not None:
            work.exchange.busy("too many requests wait for a server process", 5)
        elif not self._begin(work, place):
            self._wait(work)
            self.queue.append((work, place))

    def start(self, place: Place) -> Host:
        """Start a host; raise NoChild, after making room for the next try, when there is none."""
        if self.size > self._policy.hosts:
            self._make_room()
            raise NoChild(f"all {self._policy.hosts} server processes are in use")
        try:
            child = self._supply.take()
        except NoChild:
            self._make_room()
            raise
        host = self._builder.host(child, place)
        self.places.setdefault(place, []).append(host)
        host.start()
        return host

    def freed(self, host: Host) -> None:
        """Let the host do what waits, or rest."""
        if self._policy.sharing is Sharing.PER_REQUEST:
            host.child.stop()
        else:
            self.serve()

    def lost(self, host: Host) -> None:
        """Forget the host, and start another where something waits."""
        hosts = self.places.get(host.place, [])
        if host in hosts:
            hosts.remove(host)
        if not hosts:
            self.places.pop(host.place, None)
        self.serve()

    def serve(self) -> None:
        """Give hosts to what has waited longest."""
        if self.queue:
            self._builder.make_way()
        for _ in range(len(self.queue)):
            work, place = self.queue.popleft()
            if work.abandoned:
                continue
            host = self._free(place)
            if host is not None:
                host.run(work, exclusive=True)
            elif not self._begin(work, place):
                self.queue.append((work, place))

    def tick(self, now: float) -> None:
        """Look after hosts, and after what waits for them."""
        for hosts in list(self.places.values()):
            for host in list(hosts):
                host.tick(now)
        for host in self._idle():
            if now > host.used + self._policy.idle_seconds:
                host.child.stop()
        hopeless = self._supply.crash_loop()
        for work in [*self.homeless, *(work for work, _ in self.queue)]:
            if (hopeless or now > work.until) and work.exchange is not None:
                work.exchange.busy(hopeless or "no server process is free", 5)
                work.abandoned = True
        self.homeless = [work for work in self.homeless if not work.abandoned]
        self.serve()

    def _begin(self, work: Work, place: Place) -> bool:
        try:
            self.start(place).run(work, exclusive=True)
        except NoChild:
            return False
        return True

    def _free(self, place: Place) -> Host | None:
        if self._policy.sharing is Sharing.PER_REQUEST:
            return None
        hosts = self.places.get(place, ())
        return next((host for host in hosts if host.turn is None and not host.child.stopping), None)

    def _make_room(self) -> None:
        """End the host that has been idle for longest."""
        idle = [host for host in self._idle() if not host.child.stopping]
        if idle:
            min(idle, key=lambda host: host.used).child.stop()

    def _idle(self) -> list[Host]:
        return [
            host
            for place, hosts in self.places.items()
            for host in hosts
            if place != HOME and host.is_idle and not self._builder.is_needed(place)
        ]

    def _wait(self, work: Work) -> None:
        work.until = time.monotonic() + self._policy.start_seconds
