"""What a leader does, put together anew each time that it begins to lead."""

import logging
from collections.abc import Callable
from functools import partial
from threading import Thread

from cluster.client import Client
from cluster.errors import ClusterError
from cluster.events import Recorder
from reconciler import certificate
from reconciler.config import Config
from reconciler.exposure import visit as exposure
from reconciler.exposure.ending import Ending
from reconciler.exposure.work import Exposures
from reconciler.figures import Figures
from reconciler.hand import Hand
from reconciler.inquiry import Inquiry
from reconciler.install_key import install_key
from reconciler.leading import Term, in_background
from reconciler.leftovers import Leftovers
from reconciler.lookout import Lookout
from reconciler.loop import COALESCE_SECONDS, Loop, Parts
from reconciler.queue import Queue
from reconciler.referred import References
from reconciler.settings import Settings
from reconciler.shelf import Name
from reconciler.shelves import Shelves
from reconciler.survey import Survey
from reconciler.turns import Turns
from reconciler.visit import Visits
from reconciler.world import World

log = logging.getLogger(__name__)

RETRY_SECONDS = 2.0
CHECK_SECONDS = 5.0
JOIN_SECONDS = 3.0


class Leader:
    """Serves one term after the other."""

    def __init__(
        self,
        chosen: Settings,
        home: str,
        client: Client,
        recorder: Recorder,
        figures: Figures,
        config: Callable[[], Config],
    ) -> None:
        """Be ready to lead; *home* is our own namespace."""
        self._chosen = chosen
        self._home = home
        self._client = client
        self._recorder = recorder
        self._figures = figures
        self._config = config
        self._loop: Loop | None = None
        self.is_serving = False

    def serve(self, term: Term) -> None:
        """Lead until the term is over."""
        self.is_serving = True
        try:
            beside = self._kept_certificate(term)
            key = self._key(term)
            if key is not None:
                self._reconciled(term, key)
            for thread in beside:
                thread.join(JOIN_SECONDS)
        finally:
            self._loop, self.is_serving = None, False

    def hung(self) -> str | None:
        """Return why the work hangs."""
        loop = self._loop
        return loop.problem() if loop is not None else None

    def unready(self) -> str | None:
        """Return what is missing until servers are looked after."""
        loop = self._loop
        if loop is None:
            return "the key of this installation cannot be read"
        return None if loop.is_synced else "not everything has been looked at yet"

    def _reconciled(self, term: Term, key: bytes) -> None:
        parts, turns, inquiry = self._parts(term, key)
        self._loop = loop = Loop(self._chosen, parts, self._figures)
        figures = self._figures
        figures.waiting.set_function(lambda: len(parts.queue))
        figures.rolling.set_function(lambda: turns.counts()[0])
        figures.held_back.set_function(lambda: turns.counts()[1])
        beside = [
            in_background("config", lambda: self._watch_config(term, loop)),
            *self._looking_around(term, parts.shelves),
        ]
        try:
            loop.run(term)
        finally:
            inquiry.close()
            for thread in beside:
                thread.join(JOIN_SECONDS)

    def _parts(self, term: Term, key: bytes) -> tuple[Parts, Turns, Inquiry]:
        client, shelves, queue = self._client, Shelves(), Queue[Name]()

        def wake(name: Name) -> None:
            queue.wake(name, COALESCE_SECONDS)

        referred, turns, inquiry = (
            References(client, key, wake),
            Turns(self._chosen.max_upgrading, wake),
            Inquiry(wake, self._chosen.adapter_admin_port),
        )
        world = World(client, shelves, referred, inquiry)
        hand = Hand(client, term, shelves)
        visits = Visits(shelves, world, hand, turns, self._recorder, self._config)
        lookout = Lookout(client, shelves, self._chosen.scopes)
        leftovers = Leftovers(client, self._chosen.scopes, world.note)
        parts = Parts(shelves, world, lookout, leftovers, referred, visits, queue)
        return parts, turns, inquiry

    def _looking_around(self, term: Term, shelves: Shelves) -> list[Thread]:
        """Begin to look at Pods that are not of servers, and at what was made for such."""
        client, recorder, scopes = self._client, self._recorder, self._chosen.scopes
        survey = Survey(client, scopes, self._config, recorder, self._figures)
        hand = Hand(client, term, shelves)
        if not self._chosen.expose:
            beside = Ending(client, scopes, hand, recorder).run
        else:
            visits = exposure.Visits(client, hand, recorder, self._config)
            exposures = Exposures(client, scopes, visits, self._figures)
            survey.heard = exposures.heard
            beside = partial(exposures.run, listens=self._chosen.watch)
        return [
            in_background("survey", lambda: survey.run(term, self._chosen.poll_interval)),
            in_background("exposure", lambda: beside(term)),
        ]

    def _watch_config(self, term: Term, loop: Loop) -> None:
        """Have every server visited when what holds for all of them has changed."""
        before = self._config()
        while not term.over.wait(CHECK_SECONDS):
            now = self._config()
            if now != before:
                log.info("the installation has changed: every server is looked at")
                loop.wake_all()
            before = now

    def _key(self, term: Term) -> bytes | None:
        """Return the key of this installation; None when the term ended before it was there."""
        while not term.over.is_set():
            try:
                term.check()
                return install_key(self._client, self._home, self._chosen.key_secret)
            except ClusterError as error:
                log.warning("cannot read the install key", extra={"reason": str(error)})
                term.over.wait(RETRY_SECONDS)
        return None

    def _kept_certificate(self, term: Term) -> list[Thread]:
        wanted = certificate.place(self._chosen)
        if wanted is None:
            return []
        where, wish = wanted
        api = self._client.connection
        return [
            in_background("certificate", lambda: certificate.keep_until(term, api, where, wish))
        ]
