"""What an administrator can choose about the adapters that Pods get, whichever program asks."""

from dataclasses import dataclass
from typing import Any

from adapter.injection.choices import CHOICES, LEAST_PORT, TAKEN_PATHS
from adapter.injection.config import Config, usual_resources
from adapter.injection.resources import resources
from flags.options import BadSetting, option, optional
from flags.words import one_of, several, whole
from kinds import names
from kinds.patterns import DNS_LABEL, DNS_SUBDOMAIN, IMAGE, fits
from kinds.reading import Fields

INJECTION = "adapters"
AUTO, ON, OFF = NATIVE = ("auto", "on", "off")
ASSIGNED = "assigned"
READ = {choice.part: choice.read for choice in CHOICES}
USER = 65532
"""The user of the adapter's image."""


def image(word: str) -> str:
    """Read the name of an image."""
    if not fits(IMAGE, word):
        raise ValueError("must be an image such as registry/name:tag")
    return word


def namespace(word: str) -> str:
    """Read the name of a namespace."""
    if not fits(DNS_LABEL, word):
        raise ValueError("must be the name of a namespace")
    return word


def namespaces(word: str) -> tuple[str, ...]:
    """Read the names of namespaces, each once."""
    return tuple(dict.fromkeys(namespace(one) for one in several(word)))


def _secrets(word: str) -> tuple[str, ...]:
    if not all(fits(DNS_SUBDOMAIN, one) for one in several(word)):
        raise ValueError("must be names of Secrets, with commas between them")
    return several(word)


def _domain(word: str) -> str:
    if not fits(DNS_SUBDOMAIN, word):
        raise ValueError("must be a domain such as cluster.local")
    return word


def _path(word: str) -> str:
    try:
        READ["path"](word)
    except ValueError:
        taken = ", ".join(TAKEN_PATHS)
        raise ValueError(f"must be a path such as /mcp, and none of {taken}") from None
    return word


def _user(word: str) -> int | None:
    return None if word == ASSIGNED else whole(1, 2**31 - 1)(word)


def _resources(word: str) -> str:
    """Return the wish as it is written, once it is known to be one."""
    try:
        wished(word)
    except ValueError as error:
        raise ValueError(f"cannot be used ({'; '.join(map(str, error.args))})") from error
    return word


def wished(word: str) -> Fields:
    """Return what is wished for, put over what is usual."""
    wish: Any = READ["resources"](word) if word else {}
    return resources(usual_resources(), wish)


@dataclass(frozen=True, kw_only=True)
class AdapterSettings:
    """What the flags of injection say; the sentence of each is what `--help` says of it."""

    adapter_image: str | None = optional(
        INJECTION,
        "The image of adapter and launcher, best with a digest; the reconciler needs one, and "
        "without one the webhook changes no Pod.",
        image,
        "IMAGE",
    )
    adapter_pull_policy: str = option(
        INJECTION,
        "When it is pulled: Always, IfNotPresent or Never.",
        one_of("Always", "IfNotPresent", "Never"),
        "IfNotPresent",
        "WORD",
    )
    adapter_pull_secrets: tuple[str, ...] = option(
        INJECTION,
        "Names of Secrets to pull it with, which the Pods' namespaces must have.",
        _secrets,
        "",
        "LIST",
    )
    adapter_resources: str = option(
        INJECTION,
        "JSON of its requests and limits; what is not named stays as it is usual, null removes.",
        _resources,
        "",
        "JSON",
    )
    native_sidecars: str = option(
        INJECTION,
        "Whether the adapter is a native sidecar: auto (where every node knows them), on or off.",
        one_of(*NATIVE),
        AUTO,
        "WORD",
    )
    excluded_namespaces: tuple[str, ...] = option(
        INJECTION,
        "Other namespaces whose Pods are never changed, beside those of Kubernetes itself.",
        namespaces,
        "",
        "LIST",
    )
    adapter_port: int = option(
        INJECTION,
        "Where clients reach MCP, unless the Pod says otherwise.",
        whole(LEAST_PORT, 65535),
        str(names.MCP_PORT),
        "PORT",
    )
    adapter_admin_port: int = option(
        INJECTION,
        "Where probes, metrics and status are, unless the Pod says otherwise.",
        whole(LEAST_PORT, 65535),
        str(names.ADMIN_PORT),
        "PORT",
    )
    adapter_path: str = option(
        INJECTION,
        "Where Streamable HTTP is served, unless the Pod says otherwise.",
        _path,
        names.MCP_PATH,
        "PATH",
    )
    adapter_user: int | None = option(
        INJECTION,
        "Who the adapter runs as; assigned where the cluster assigns users, as OpenShift does.",
        _user,
        str(USER),
        "UID",
    )
    cluster_domain: str = option(
        INJECTION,
        "What the names of Services end with.",
        _domain,
        "cluster.local",
        "DOMAIN",
    )

    def __post_init__(self) -> None:
        """Refuse one port for two things."""
        if self.adapter_port == self.adapter_admin_port:
            raise BadSetting("--adapter-port and --adapter-admin-port must differ")

    def config(self, version: str, own_namespace: str) -> Config:
        """Return what goes into Pods, once it is known that there is an image."""
        assert self.adapter_image is not None
        return Config(
            image=self.adapter_image,
            version=version,
            own_namespace=own_namespace,
            pull_policy=self.adapter_pull_policy,
            pull_secrets=self.adapter_pull_secrets,
            resources=wished(self.adapter_resources),
            native=self.native_sidecars == ON,
            excluded_namespaces=self.excluded_namespaces,
            port=self.adapter_port,
            admin_port=self.adapter_admin_port,
            path=self.adapter_path,
            user=self.adapter_user,
            cluster_domain=self.cluster_domain,
        )
