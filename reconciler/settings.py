"""What an administrator can choose about the reconciler: read once, from flags and variables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from adapter.injection.installation import AdapterSettings, image, namespaces
from flags.options import BadSetting, Program, complaining, option, optional, read, switch
from flags.words import LEVELS, SecretName, one_of, secret, time, whole
from kinds.defaults import Runners
from reconciler.config import APP_PROTOCOL
from telemetry.listening import Address, address_or_off

PROGRAM = Program(
    "python -m reconciler",
    "Keep Deployments, Services and ServiceAccounts as MCPServers want them.",
    "KMCP_RECONCILER_",
)

WORK, CLUSTER, LEADING, SERVERS, CERTIFICATE, TELLING = (
    "work",
    "cluster",
    "leading",
    "servers",
    "the webhooks' certificate",
    "logs, probes and metrics",
)
MOST_WORKERS = 64
SHORTEST_LIFE = 5.0
"""Of a certificate; the webhook looks for a new one every few seconds."""
LONGEST_LIFE = 10 * 365 * 86_400.0


@dataclass(frozen=True, kw_only=True)
class Settings(AdapterSettings):
    """All that can be chosen. The sentence of each field is what `--help` says of it."""

    watch_namespaces: tuple[str, ...] = option(
        WORK,
        "The namespaces to look after (a,b); empty means all. With it, Roles in them are enough.",
        namespaces,
        "",
        "LIST",
    )
    poll_interval: float = option(
        WORK, "How often everything is looked at.", time(1.0), "30s", "TIME"
    )
    watch: bool = switch(WORK, "Whether changes wake it before the next look at everything.", True)
    concurrency: int = option(
        WORK, "How many MCPServers are worked on at once.", whole(1, MOST_WORKERS), "8", "N"
    )
    max_upgrading: int = option(
        WORK,
        "How many servers may roll at a time only because kmcp has a new version; 0 leaves each "
        "as it is until it changes itself.",
        whole(0, 100_000),
        "5",
        "N",
    )

    kubeconfig: Path | None = optional(
        CLUSTER, "The kubeconfig to use; without one, what kubectl would use.", Path, "FILE"
    )
    context: str | None = optional(CLUSTER, "The context in the kubeconfig.", str, "NAME")
    namespace: str | None = optional(
        CLUSTER,
        "Where kmcp itself is, for its Lease and its Secrets; without one, as the kubeconfig or "
        "the Pod says.",
        str,
        "NAME",
    )
    key_secret: str = option(
        CLUSTER,
        "The Secret there with the key by which Secrets are told apart; made or filled.",
        str,
        "kmcp-reconciler",
        "NAME",
    )

    leader_elect: bool = switch(
        LEADING, "Whether only one of many works, the holder of a Lease.", False
    )
    lease: str = option(LEADING, "The name of the Lease.", str, "kmcp-controller-manager", "NAME")

    app_protocol: str = option(
        SERVERS,
        'What the Services say that their port speaks; "" says nothing.',
        str,
        APP_PROTOCOL,
        "WORD",
    )
    network_policy: bool = switch(
        SERVERS, "Whether each server gets a NetworkPolicy that opens its MCP port alone.", False
    )
    expose: bool = switch(
        SERVERS,
        "Whether workloads whose Pods have an adapter and say kmcp.dev/expose get a Service.",
        False,
    )
    npx_image: str = option(SERVERS, "The image for cmd: npx.", image, Runners().npx, "IMAGE")
    uvx_image: str = option(SERVERS, "The image for cmd: uvx.", image, Runners().uvx, "IMAGE")

    certificate_secret: SecretName | None = optional(
        CERTIFICATE,
        "The Secret in which the webhooks' certificate is kept and renewed; without one, "
        "somebody else does that.",
        secret,
        "NAMESPACE/NAME",
    )
    certificate_service: str = option(
        CERTIFICATE, "The Service by which the webhooks are called.", str, "kmcp-webhook", "NAME"
    )
    configuration: str = option(
        CERTIFICATE,
        "The name of the webhook configurations that get the bundle.",
        str,
        "kmcp",
        "NAME",
    )

    certificate_lifetime: float = option(
        CERTIFICATE,
        "How long a certificate lives; a new one comes after two thirds of it.",
        time(SHORTEST_LIFE, LONGEST_LIFE),
        "720h",
        "TIME",
    )
    authority_lifetime: float = option(
        CERTIFICATE,
        "How long the authority lives that signs them; the next one is trusted before it signs.",
        time(SHORTEST_LIFE, LONGEST_LIFE),
        "8760h",
        "TIME",
    )

    health_probe_bind_address: Address | None = option(
        TELLING,
        'Where /healthz and /readyz answer, in plain HTTP; "0" turns them off.',
        address_or_off,
        ":8081",
        "ADDR",
    )
    metrics_bind_address: Address | None = option(
        TELLING, 'Where /metrics answers; "0" turns it off.', address_or_off, ":8443", "ADDR"
    )
    metrics_secure: bool = switch(
        TELLING,
        "Whether metrics are told over TLS, and only to those whom the cluster lets read them.",
        True,
    )
    metrics_cert_path: Path | None = optional(
        TELLING,
        "Folder with the certificate for metrics; without one, it is self-signed.",
        Path,
        "FOLDER",
    )
    metrics_cert_name: str = option(
        TELLING, "The certificate's file in that folder.", str, "tls.crt", "FILE"
    )
    metrics_cert_key: str = option(TELLING, "The key's file there.", str, "tls.key", "FILE")
    log_level: str = option(
        TELLING, "The least important lines to log.", one_of(*LEVELS), "info", "LEVEL"
    )

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        super().__post_init__()
        if self.metrics_cert_path is not None and not self.metrics_secure:
            raise BadSetting("--metrics-cert-path cannot be combined with --metrics-secure=false")
        if self.certificate_lifetime > self.authority_lifetime:
            raise BadSetting("--certificate-lifetime must not be longer than --authority-lifetime")

    def require_image(self) -> None:
        """Refuse to make servers that would have no adapter."""
        if self.adapter_image is None:
            raise BadSetting("--adapter-image must be given")

    @property
    def scopes(self) -> tuple[str | None, ...]:
        """The namespaces to list in; None means all of them at once."""
        return self.watch_namespaces or (None,)


def settings(words: Sequence[str], environment: Mapping[str, str]) -> Settings:
    """Return what was chosen, or end the program with one line that says what to mend."""
    with complaining(PROGRAM):
        return read(Settings, words, environment, PROGRAM)
