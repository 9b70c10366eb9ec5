"""Questions of older servers in the middle of a call, put to clients that can only be answered."""

import asyncio
import time

import msgspec
from msgspec import Raw

from adapter import jsonrpc
from adapter.jsonrpc import Envelope
from adapter.modern import refusals, states
from adapter.modern.asked import Asked
from adapter.modern.capabilities import ELICIT, lacking
from adapter.modern.exchanges import Exchange
from adapter.modern.hosts import Host
from adapter.modern.policy import Policy
from adapter.modern.states import Handle, Seals, Unsealed
from adapter.modern.works import Question, Work
from adapter.supply import STOPPING
from kinds.reading import fields, is_list, within

QUIET = 0.015
"""Seconds without a further question, after which the client is asked: once for all of them."""
LONGEST_COLLECTION = 0.2
MOST_QUESTIONS = 64
"""Of one call, open at once."""
KEYS = {
    "elicitation/create": "elicitation",
    "sampling/createMessage": "sampling",
    "roots/list": "roots",
}
LEAST_PARKED = 15.0
"""Seconds that every client has to answer, however many others wait."""
AFRESH = 0
"""The number of no call: the request is simply made again."""


class Desk:
    """Where calls wait for the answers of their clients."""

    def __init__(self, policy: Policy) -> None:
        """Begin with none."""
        self.parked: dict[int, Work] = {}
        self._policy = policy
        self._seals = Seals()

    def posed(self, host: Host, work: Work, envelope: Envelope) -> None:
        """Take a question; whoever cannot be asked it is told what the server needs."""
        identity, method = envelope.identity or b"null", str(envelope.method)
        params = bytes(envelope.params) if isinstance(envelope.params, Raw) else b"{}"
        lack = lacking(work.asked.can, method, jsonrpc.value(params))
        if lack is not None or len(work.questions) >= MOST_QUESTIONS:
            host.decline(identity, "the client cannot be asked this")
            if work.exchange is not None:
                refusal = refusals.missing(lack) if lack else refusals.failed("too many questions")
                work.exchange.refuse(refusal)
                work.exchange = None
                work.give_up("the client cannot be asked this")
            return
        work.posed += 1
        work.questions[f"{KEYS[method]}-{work.posed}"] = Question(identity, method, params)
        if work.exchange is not None and work.timer is None:
            now = asyncio.get_running_loop().time()
            self._collect(work, work.posed, now + LONGEST_COLLECTION)

    def continues(self, asked: Asked, exchange: Exchange) -> bool:
        """Go on with a call whose client has answered; False to make the request anew."""
        digest = states.digest(asked.method, asked.params, asked.principal)
        state = jsonrpc.value(asked.state or b"null")
        answers = jsonrpc.members(asked.params.get("inputResponses", b"{}"))
        try:
            handle = self._seals.opened(state, digest, time.time())
        except Unsealed as error:
            exchange.refuse(refusals.malformed(str(error)))
            return True
        if handle.call == AFRESH:
            declined = any(_declines(answer) for answer in answers.values())
            if declined:
                exchange.refuse(refusals.failed("the user did not open the page"))
            return declined
        work = self.parked.get(handle.call)
        if work is None or work.round != handle.round:
            exchange.refuse(refusals.malformed("requestState has been used, or has expired"))
            return True
        del self.parked[handle.call]
        self._continue(work, asked, exchange, answers)
        return True

    def url_needed(self, work: Work, envelope: Envelope) -> bool:
        """Send the client to a page first; False when the error does not say which."""
        error = jsonrpc.value(envelope.error) if isinstance(envelope.error, Raw) else None
        pages = within(error, "data", "elicitations")
        if not is_list(pages) or not pages or work.exchange is None:
            return False
        if not work.asked.can.url:
            work.exchange.refuse(refusals.missing({"elicitation": {"url": {}}}))
            return True
        asking = {
            f"elicitation-{number}": {"method": ELICIT, "params": {"mode": "url"} | page}
            for number, page in enumerate(map(fields, pages[:MOST_QUESTIONS]), 1)
        }
        self._ask(work, work.exchange, msgspec.json.encode(asking), AFRESH)
        return True

    def tick(self, now: float) -> None:
        """Give up calls whose clients do not come back."""
        for number, work in list(self.parked.items()):
            if now > work.until:
                del self.parked[number]
                work.give_up("the client did not answer")

    def make_way(self) -> None:
        """Give up the call that has waited longest, if that is long: others want its process."""
        number, work = next(iter(self.parked.items()), (0, None))
        latest = time.monotonic() + self._policy.parked_seconds - LEAST_PARKED
        if work is not None and work.until < latest:
            del self.parked[number]
            work.give_up("the client did not answer while others waited")

    def close(self) -> None:
        """Give up all calls: nobody else could go on with them."""
        for work in self.parked.values():
            work.give_up(STOPPING)
        self.parked.clear()

    def _collect(self, work: Work, posed: int, latest: float) -> None:
        loop = asyncio.get_running_loop()
        work.timer = loop.call_later(QUIET, self._collected, work, posed, latest)

    def _collected(self, work: Work, posed: int, latest: float) -> None:
        work.timer = None
        if work.exchange is None or work.abandoned or not work.questions:
            return
        if work.posed > posed and asyncio.get_running_loop().time() < latest:
            self._collect(work, work.posed, latest)
        else:
            self._park(work, work.exchange)

    def _park(self, work: Work, exchange: Exchange) -> None:
        work.exchange = None
        if len(self.parked) >= self._policy.parked:
            exchange.busy("too many calls wait for their clients", 10)
            work.give_up("too many calls wait for their clients")
            return
        work.until = time.monotonic() + self._policy.parked_seconds
        work.unclock()
        self.parked[work.call.number] = work
        asking = {
            key: Raw(b'{"method":"%b","params":%b}' % (one.method.encode(), one.params))
            for key, one in work.questions.items()
        }
        self._ask(work, exchange, jsonrpc.rendered(asking), work.call.number)

    def _ask(self, work: Work, exchange: Exchange, asking: bytes, number: int) -> None:
        asked = work.asked
        if not work.digest:
            work.digest = states.digest(asked.method, asked.params, asked.principal)
        expires = time.time() + self._policy.parked_seconds
        state = self._seals.sealed(Handle(number, work.round), work.digest, expires)
        spelled = b'{"resultType":"input_required","inputRequests":%b,"requestState":"%b"}'
        exchange.answer(jsonrpc.result(asked.identity, spelled % (asking, state.encode())), None)

    def _continue(
        self, work: Work, asked: Asked, exchange: Exchange, answers: dict[str, Raw]
    ) -> None:
        host = work.doer
        work.continued(asked, exchange)
        work.clock(self._policy.request_seconds, self._policy.longest_seconds)
        if not isinstance(host, Host):
            return
        for key, question in list(work.questions.items()):
            answer = answers.get(key)
            if answer is not None and bytes(answer)[:1] == b"{":
                del work.questions[key]
                host.child.send(jsonrpc.result(question.identity, bytes(answer)))
        if work.kept is not None:
            host.deliver_kept(work)
        elif work.questions:
            self._park(work, exchange)


def _declines(answer: Raw) -> bool:
    return jsonrpc.value(jsonrpc.members(answer).get("action", b"null")) in ("decline", "cancel")
