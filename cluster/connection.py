"""A connection to one API server: paths and bytes in, bytes out, our errors when it fails.

The client library takes more than a second to import, so it is imported when a connection is made:
a program that prints its help, or only handles errors, does not wait for it.
"""

# The client library annotates only a part of itself; what it returns is checked here, at the door.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from urllib3.exceptions import HTTPError
from yaml import YAMLError

from cluster.errors import Misconfigured, Unreachable, refusal

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

TIMEOUT_SECONDS = 30.0
"""How long one request may take before we say that nobody answers."""


@dataclass(frozen=True)
class Body:
    """What a request carries, with the media type that tells the API server how to read it."""

    content: bytes
    media_type: str = "application/json"


class Connection:
    """One API server, spoken to with the credentials of one kubeconfig context."""

    def __init__(self, client: "ApiClient") -> None:
        """Speak through *client*: its TLS, its credentials, its pool of sockets."""
        self._client = client

    @property
    def server(self) -> str:
        """The address of the API server."""
        return str(self._client.configuration.host)

    def close(self) -> None:
        """Close every socket."""
        self._client.rest_client.pool_manager.clear()

    def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Body | None = None,
    ) -> bytes:
        """Return the answer's body; raise the ClusterError that fits when it is a refusal."""
        doing = f"{method} {path}"
        url = self.server + path + (f"?{urlencode(query)}" if query else "")
        headers = {"Accept": "application/json", **self._credentials()}
        if body is not None:
            headers["Content-Type"] = body.media_type
        with _our_errors(f"{doing} at {self.server}"):
            response = self._client.rest_client.pool_manager.request(
                method,
                url,
                body=body.content if body else None,
                headers=headers,
                timeout=TIMEOUT_SECONDS,
                retries=False,
            )
        if response.status >= 400:
            raise refusal(doing, response.status, response.data)
        return response.data

    def _credentials(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        self._client.update_params_for_auth(headers, [], ["BearerToken"], "", "", None)
        return headers


def connect(kubeconfig: Path | None = None, context: str | None = None) -> Connection:
    """Return a connection to *context*; None means what kubectl would use."""
    from kubernetes.config import new_client_from_config

    with _readable(kubeconfig):
        client = new_client_from_config(config_file=_file(kubeconfig), context=context)
    return Connection(client)


def current_context(kubeconfig: Path | None = None) -> str:
    """Return the name of the context that kubectl would use."""
    from kubernetes.config import list_kube_config_contexts

    with _readable(kubeconfig):
        _, active = list_kube_config_contexts(_file(kubeconfig))
    return str(active["name"])


def _file(kubeconfig: Path | None) -> str | None:
    return str(kubeconfig) if kubeconfig else None


@contextmanager
def _readable(kubeconfig: Path | None) -> Generator[None]:
    """Turn whatever a broken kubeconfig sets off into one error that names the file."""
    from kubernetes.config import ConfigException

    try:
        yield
    except (ConfigException, YAMLError, OSError, ValueError, TypeError) as error:
        name = kubeconfig or "the default kubeconfig"
        raise Misconfigured(f"cannot use {name}: {error}") from error


@contextmanager
def _our_errors(doing: str) -> Generator[None]:
    """Turn the transport's exceptions into ours, at this door and nowhere else."""
    try:
        yield
    except HTTPError as error:
        raise Unreachable(f"{doing}: {error}") from error
