"""The objects that an MCPServer is to have: a pure function, from what it says and what is there.

server = understood(stored, config)
if not (problems := mistakes(server)):
    wish = desired(server, observed, config)
    for manifest in wish.manifests(): …
"""

from collections.abc import Iterator

from msgspec import Struct

from kinds.reading import Fields
from reconciler.config import Config
from reconciler.manifests import account, deployment, network, service
from reconciler.observed import Observed


class Desired(Struct, frozen=True, kw_only=True):
    """The manifests, for server-side apply by the manager `config.MANAGER`, with force."""

    service_account: Fields | None
    """None when the server brings an account of its own."""
    service: Fields
    deployment: Fields
    network_policy: Fields | None

    def manifests(self) -> Iterator[Fields]:
        """Yield them in the order in which they are to be applied: Pods need their account."""
        for manifest in (self.service_account, self.network_policy, self.service, self.deployment):
            if manifest is not None:
                yield manifest


def desired(server: Fields, observed: Observed, config: Config) -> Desired:
    """Return what a server without mistakes is to have; its defaults are filled in."""
    return Desired(
        service_account=account.service_account(server),
        service=service.service(server, observed, config),
        deployment=deployment.deployment(server, observed, config),
        network_policy=network.network_policy(server, config),
    )
