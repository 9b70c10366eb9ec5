"""What an administrator can choose about the webhook: read once, from flags and the environment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from ssl import TLSVersion

from adapter.injection.installation import INJECTION, AdapterSettings, image, namespace
from flags.options import BadSetting, Program, complaining, option, optional, read
from flags.words import LEVELS, SecretName, one_of, secret, several, size, time, whole
from kinds.defaults import Runners
from telemetry.listening import Address, address, address_or_off

PROGRAM = Program(
    "python -m webhook",
    "Answer the API server's admission requests over HTTPS.",
    "KMCP_WEBHOOK_",
)

SERVING, CERTIFICATE, CLUSTER, STOPPING, TELLING, POLICY = (
    "serving",
    "certificate: either three files or one Secret",
    "cluster",
    "stopping",
    "logs and probes",
    "policy",
)

SMALLEST_BODY = 3 * 2**20 + 2**16
"""One object of 3 MiB, the most that the API server takes, and the envelope."""
LARGEST_BODY = 64 * 2**20
MOST_THREADS = 256
VERSIONS = {"1.2": TLSVersion.TLSv1_2, "1.3": TLSVersion.TLSv1_3}
CHOICES = ("warn", "deny")


def _version(word: str) -> TLSVersion:
    return VERSIONS[one_of(*VERSIONS)(word)]


@dataclass(frozen=True, kw_only=True)
class Settings(AdapterSettings):
    """All that can be chosen. The sentence of each field is what `--help` says of it."""

    namespace: str | None = optional(
        INJECTION,
        "Where kmcp itself runs, whose Pods are never changed; when absent POD_NAMESPACE, or "
        "what the ServiceAccount's files say.",
        namespace,
        "NAME",
    )

    bind: Address = option(
        SERVING, "Where the API server reaches us over TLS, as HOST:PORT.", address, ":9443", "ADDR"
    )
    tls_min_version: TLSVersion = option(
        SERVING, "The oldest TLS that is spoken, 1.2 or 1.3.", _version, "1.2", "VERSION"
    )
    threads: int = option(
        SERVING, "How many requests are answered at once.", whole(1, MOST_THREADS), "16", "N"
    )
    body_limit: int = option(
        SERVING,
        "The largest request: two objects of 3 MiB and the envelope need 7Mi.",
        size(SMALLEST_BODY, LARGEST_BODY, "7Mi"),
        "7Mi",
        "SIZE",
    )
    handshake_timeout: float = option(
        SERVING, "How long a client may take to agree on TLS.", time(0.1), "10s", "TIME"
    )
    read_timeout: float = option(
        SERVING, "How long a client may take to send one request.", time(0.1), "15s", "TIME"
    )
    keep_alive: float = option(
        SERVING,
        "How long an idle connection stays open; the API server drops its end after 90s.",
        time(1.0),
        "120s",
        "TIME",
    )

    certificate_file: Path | None = optional(
        CERTIFICATE, "PEM file with the certificate and its chain.", Path, "FILE"
    )
    key_file: Path | None = optional(CERTIFICATE, "PEM file with the private key.", Path, "FILE")
    ca_file: Path | None = optional(
        CERTIFICATE, "PEM file with the bundle by which the API server knows us.", Path, "FILE"
    )
    certificate_secret: SecretName | None = optional(
        CERTIFICATE,
        "Secret with tls.crt, tls.key and ca.crt, read through the API.",
        secret,
        "NAMESPACE/NAME",
    )
    certificate_poll: float = option(
        CERTIFICATE, "How often to look for a new certificate.", time(0.1), "2s", "TIME"
    )
    server_name: str | None = optional(
        CERTIFICATE,
        "The name by which the API server calls us (kmcp-webhook.kmcp-system.svc); when given, "
        "being ready includes that the certificate is for it.",
        str,
        "NAME",
    )

    configuration: str | None = optional(
        CERTIFICATE,
        "Name of our webhook configurations; when given, being ready includes that the bundles in "
        "them vouch for us.",
        str,
        "NAME",
    )

    kubeconfig: Path | None = optional(
        CLUSTER, "The kubeconfig to use; without one, what kubectl would use.", Path, "FILE"
    )
    context: str | None = optional(CLUSTER, "The context in the kubeconfig.", str, "NAME")

    shutdown_delay: float = option(
        STOPPING,
        "How long to go on accepting after SIGTERM, until every proxy has heard of it.",
        time(0.0),
        "5s",
        "TIME",
    )
    graceful_timeout: float = option(
        STOPPING,
        "How long requests may take to finish after that.",
        time(1.0),
        "20s",
        "TIME",
    )

    probes: Address | None = option(
        TELLING,
        'Where /healthz and /readyz answer, in plain HTTP; "0" turns them off.',
        address_or_off,
        ":8081",
        "ADDR",
    )
    log_level: str = option(
        TELLING, "The least important lines to log.", one_of(*LEVELS), "info", "LEVEL"
    )

    allowed_registries: tuple[str, ...] = option(
        POLICY,
        "Registries, or folders of them, that images may come from (ghcr.io/acme,docker.io); "
        "empty means any.",
        several,
        "",
        "LIST",
    )
    host_path: str = option(
        POLICY, "Volumes of the node's own files: warn or deny.", one_of(*CHOICES), "warn", "WORD"
    )
    privileged: str = option(
        POLICY,
        "Security contexts that lift a container's limits: warn or deny.",
        one_of(*CHOICES),
        "warn",
        "WORD",
    )
    requester: str = option(
        POLICY,
        "MCPServers of people who may not create Pods: ignore, warn or deny.",
        one_of("ignore", *CHOICES),
        "warn",
        "WORD",
    )
    npx_image: str = option(POLICY, "The image for cmd: npx.", image, Runners().npx, "IMAGE")
    uvx_image: str = option(POLICY, "The image for cmd: uvx.", image, Runners().uvx, "IMAGE")

    def __post_init__(self) -> None:
        """Refuse a choice of certificate that is none."""
        super().__post_init__()
        files = (self.certificate_file, self.key_file, self.ca_file)
        if self.certificate_secret is not None and any(files):
            raise BadSetting("--certificate-secret cannot be combined with certificate files")
        if self.certificate_secret is None and not all(files):
            raise BadSetting(
                "--certificate-secret, or all of --certificate-file, --key-file and --ca-file, "
                "must be given"
            )


def settings(words: Sequence[str], environment: Mapping[str, str]) -> Settings:
    """Return what was chosen, or end the program with one line that says what to mend."""
    with complaining(PROGRAM):
        return read(Settings, words, environment, PROGRAM)
