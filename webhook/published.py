"""The bundles by which the API server knows us: those in our own webhook configurations."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from cluster.connection import Connection
from cluster.errors import ClusterError, NotFound
from cluster.resources import MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS

log = logging.getLogger(__name__)

ASKED_SECONDS = 2.0


class _ClientConfig(msgspec.Struct, rename="camel"):
    ca_bundle: bytes = b""


class _Webhook(msgspec.Struct, rename="camel"):
    client_config: _ClientConfig = msgspec.field(default_factory=_ClientConfig)


class _Configuration(msgspec.Struct):
    webhooks: list[_Webhook] = msgspec.field(default_factory=list[_Webhook])


@dataclass
class Published:
    """The bundles in the configurations of one name; asked for at each look, and remembered."""

    api: Connection
    name: str
    known: tuple[bytes, ...] = field(default=())

    def bundles(self) -> tuple[bytes, ...]:
        """Return every bundle once, or those heard of last while the API server does not answer.

        An empty bundle is one that nobody has written yet.
        """
        try:
            self.known = tuple(dict.fromkeys(self._read()))
        except ClusterError as error:
            log.warning("cannot read our configurations", extra={"reason": str(error)})
        return self.known

    def _read(self) -> Iterable[bytes]:
        for resource in (MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS):
            path = resource.path(name=self.name)
            try:
                answer = self.api.request("GET", path, timeout=ASKED_SECONDS)
            except NotFound:
                yield b""
                continue
            found = msgspec.json.decode(answer, type=_Configuration)
            yield from (webhook.client_config.ca_bundle for webhook in found.webhooks)
