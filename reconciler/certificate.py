"""The leader keeps the webhooks' certificate: one Secret, and the bundle in the configurations."""

import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from certs.rotation import SETTLE_SHARE, Wish, service_hosts
from cluster.certificates import Kept, Place, keep
from cluster.connection import Body, Connection
from cluster.errors import ClusterError
from reconciler.leading import NotLeading, Term
from reconciler.settings import Settings

log = logging.getLogger(__name__)

LOOK_SECONDS = 30.0
"""A Secret may be deleted and a configuration replaced at any time."""
SOONEST_SECONDS = 1.0
RETRY_SECONDS = 5.0


def rights(configuration: str) -> tuple[Mapping[str, object], ...]:
    """Return the rules of RBAC that this needs, apart from Secrets in our own namespace."""
    kinds = ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"]
    return (
        {
            "apiGroups": ["admissionregistration.k8s.io"],
            "resources": kinds,
            "verbs": ["get", "patch"],
            "resourceNames": [configuration],
        },
    )


RIGHTS_AT_HOME = (
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "create", "patch"]},
)
"""The rules of RBAC that this needs in the namespace of the Secret."""


class _Guarded:
    """A connection that sends nothing once we may not lead."""

    def __init__(self, api: Connection, term: Term) -> None:
        self._api = api
        self._term = term

    def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Body | None = None,
    ) -> bytes:
        self._term.check()
        return self._api.request(method, path, query, body)


def place(chosen: Settings) -> tuple[Place, Wish] | None:
    """Return where the certificate is kept, and for whom; None when that is not our business."""
    secret = chosen.certificate_secret
    if secret is None:
        return None
    names = (chosen.configuration,)
    where = Place(namespace=secret.namespace, secret=secret.name, mutating=names, validating=names)
    hosts = service_hosts(chosen.certificate_service, secret.namespace, chosen.cluster_domain)
    life = timedelta(seconds=chosen.authority_lifetime)
    wish = Wish(
        hosts=hosts,
        leaf_lifetime=timedelta(seconds=chosen.certificate_lifetime),
        authority_lifetime=life,
        settle=min(Wish.settle, life / SETTLE_SHARE),
    )
    return where, wish


def keep_until(term: Term, api: Connection, where: Place, wish: Wish) -> None:
    """Keep the certificate for as long as we lead."""
    guarded = _Guarded(api, term)
    told = ""
    while not term.over.is_set():
        try:
            kept = keep(guarded, where, wish, datetime.now(UTC))
        except NotLeading:
            return
        except ClusterError as error:
            if str(error) != told:  # what nobody mends is said once
                log.warning("cannot keep the certificate", extra={"reason": str(error)})
            told = str(error)
            term.over.wait(RETRY_SECONDS)
            continue
        told = ""
        _tell(kept)
        left = kept.again.timestamp() - time.time()
        term.over.wait(max(SOONEST_SECONDS, min(LOOK_SECONDS, left)))


def _tell(kept: Kept) -> None:
    if kept.steps or kept.published:
        extra = {"steps": kept.steps, "published": kept.published, "expires": kept.expires}
        log.info("renewed the webhooks' certificate", extra=extra)
