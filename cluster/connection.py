"""A connection to one API server: paths and bytes in, bytes out, our errors when it fails.

The client library takes more than a second to import, so it is imported when a connection is made:
a program that prints its help, or only handles errors, does not wait for it.
"""

# The client library annotates only a part of itself; what it returns is checked here, at the door.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from urllib3 import BaseHTTPResponse, HTTPConnectionPool, Timeout
from yaml import YAMLError

from cluster.answer import Answer, whole
from cluster.errors import ClusterError, Misconfigured, refusal
from cluster.pod import ACCOUNT, Pod, here
from cluster.stream import Stream
from cluster.transport import our_errors

if TYPE_CHECKING:
    from kubernetes.client import ApiClient, Configuration

TIMEOUT_SECONDS = 30.0
"""How long one request may take before we say that nobody answers."""
CONNECT_SECONDS = 5.0
LONGEST_WAIT_SECONDS = 300.0
"""Whoever asks us to wait for longer does not know what for."""
SILENCE_SECONDS = 150.0
"""How long a stream may say nothing; the API server itself ends a watch earlier than that."""
JSON = "application/json"
REDIRECT = 300
"""We never follow one: our token is for the API server alone."""
AS_IT_IS: Mapping[str, Any] = {"retries": False, "redirect": False, "assert_same_host": False}
"""An answer is an answer: whether to try again is decided elsewhere."""
MOST_IDLE = 100
"""Sockets that are kept for the next request: a watch holds one, and so does each busy thread. What
does not fit is closed, and then the next request begins with a TLS handshake."""
DEFAULT_KUBECONFIG = ".kube/config"


@dataclass(frozen=True)
class Body:
    """What a request carries, with the media type that tells the API server how to read it."""

    content: bytes = field(repr=False)
    media_type: str = JSON
    confidential: bool = False
    """Whether an error must not repeat what the API server says of the content."""


class Connection:
    """One API server, spoken to with the credentials of one kubeconfig context or of our Pod."""

    def __init__(self, client: "ApiClient") -> None:
        """Speak through *client*: its TLS, its credentials, its pool of sockets."""
        self._client = client
        self._sockets: HTTPConnectionPool | None = None
        self._prefix = self._begun()
        self.told: Callable[[str, str], None] | None = None
        """Is told method and path of each request, by whichever thread makes it."""

    @property
    def server(self) -> str:
        """The address of the API server."""
        return str(self._client.configuration.host)

    def close(self) -> None:
        """Close every socket."""
        self._sockets = None
        self._client.rest_client.pool_manager.clear()

    def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Body | None = None,
        timeout: float = TIMEOUT_SECONDS,
        accept: str = JSON,
    ) -> bytes:
        """Return the answer's body; raise the ClusterError that fits when it is a refusal."""
        doing = f"{method} {path}"
        self._tell(method, path)
        headers = self._headers(accept)
        if body is not None:
            headers["Content-Type"] = body.media_type
        with our_errors(f"{doing} at {self.server}"):
            response = self._pool().urlopen(
                method,
                self._target(path, query),
                body=body.content if body else None,
                headers=headers,
                timeout=Timeout(total=timeout),
                **AS_IT_IS,
            )
        if response.status >= REDIRECT:
            raise _refused(doing, response, body is not None and body.confidential)
        return response.data

    @contextmanager
    def stream(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        silence: float = SILENCE_SECONDS,
    ) -> Generator[Stream]:
        """Lend an answer that is read while the API server still writes it.

        When nothing comes for *silence* seconds, it counts as interrupted.
        """
        doing = f"GET {path}"
        self._tell("WATCH", path)
        with our_errors(f"{doing} at {self.server}"):
            response = self._pool().urlopen(
                "GET",
                self._target(path, query),
                headers=self._headers(JSON),
                timeout=Timeout(connect=CONNECT_SECONDS, read=silence),
                preload_content=False,
                **AS_IT_IS,
            )
        try:
            if response.status >= REDIRECT:
                with our_errors(doing):
                    response.read(cache_content=True)
                raise _refused(doing, response)
            yield Stream(response, doing)
        finally:
            response.close()

    def pass_on(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        content: bytes = b"",
        timeout: float = TIMEOUT_SECONDS,
    ) -> Answer:
        """Have the API server pass a request on to a Service or Pod (a path that has /proxy/)."""
        doing = f"{method} {path}"
        self._tell(method, path)
        with our_errors(f"{doing} at {self.server}"):
            response = self._pool().urlopen(
                method,
                self._target(path, None),
                body=content or None,
                headers={**headers, **self._headers(headers.get("Accept", JSON))},
                timeout=Timeout(total=timeout),
                preload_content=False,
                **AS_IT_IS,
            )
            try:
                return whole(response, doing)
            finally:
                response.close()

    def _tell(self, method: str, path: str) -> None:
        if self.told is not None:
            self.told(method, path)

    def _begun(self) -> str:
        """Return what each request line begins with: the path of the server's address, if any."""
        server = urlsplit(self.server)
        is_whole = server.scheme == "http" and self._client.configuration.proxy
        return self.server if is_whole else server.path

    def _pool(self) -> HTTPConnectionPool:
        """Return the sockets to the one server that we speak to; to look for them takes a while."""
        if self._sockets is None:
            self._sockets = self._client.rest_client.pool_manager.connection_from_url(self.server)
        return self._sockets

    def _target(self, path: str, query: Mapping[str, str] | None) -> str:
        return self._prefix + path + (f"?{urlencode(query)}" if query else "")

    def _headers(self, accept: str) -> dict[str, str]:
        headers = {"Accept": accept}
        self._client.update_params_for_auth(headers, [], ["BearerToken"], "", "", None)
        return headers


def connect(
    kubeconfig: Path | None = None, context: str | None = None, account: Path = ACCOUNT
) -> Connection:
    """Return a connection to *context*; None means what kubectl would use.

    In a Pod where no kubeconfig was named or lies in the usual place, that is the cluster which
    the Pod belongs to, spoken to as the ServiceAccount whose token is in the folder *account*.
    """
    from kubernetes.client import ApiClient, Configuration
    from kubernetes.config import load_kube_config

    configuration = Configuration()
    configuration.connection_pool_maxsize = MOST_IDLE
    configuration.keep_alive = True  # a peer that vanished is noticed within three minutes
    if pod := _pod(kubeconfig, context, account):
        _speak_as(pod, configuration)
        return Connection(ApiClient(configuration))
    with _readable(kubeconfig):
        load_kube_config(_file(kubeconfig), context, client_configuration=configuration)
    return Connection(ApiClient(configuration))


def namespace(
    kubeconfig: Path | None = None, context: str | None = None, account: Path = ACCOUNT
) -> str:
    """Return the namespace that `connect` with the same arguments is at home in."""
    if pod := _pod(kubeconfig, context, account):
        return pod.namespace()
    contexts, active = _contexts(kubeconfig)
    for one in contexts:
        if one["name"] == (context or active["name"]):
            return str(one["context"].get("namespace") or "default")
    raise Misconfigured(f"cannot use {_name(kubeconfig)}: it has no context {context}")


def current_context(kubeconfig: Path | None = None) -> str:
    """Return the name of the context that kubectl would use."""
    _, active = _contexts(kubeconfig)
    return str(active["name"])


def _pod(kubeconfig: Path | None, context: str | None, account: Path) -> Pod | None:
    """Return the Pod whose cluster is meant, or None when a kubeconfig tells which one is."""
    named = kubeconfig or context or os.environ.get("KUBECONFIG")
    return None if named or _is_usual_file_there() else here(account)


def _is_usual_file_there() -> bool:
    try:
        return (Path.home() / DEFAULT_KUBECONFIG).exists()
    except RuntimeError:  # a user without a name or HOME, as a container may have
        return False


def _speak_as(pod: Pod, configuration: "Configuration") -> None:
    def renew(configuration: "Configuration") -> None:
        configuration.api_key["BearerToken"] = f"Bearer {pod.token()}"

    if not pod.authority.is_file():
        raise Misconfigured(f"there is no {pod.authority}")
    configuration.host = pod.server
    configuration.ssl_ca_cert = str(pod.authority)
    vars(configuration)["refresh_api_key_hook"] = renew  # called for every request
    renew(configuration)


def _contexts(kubeconfig: Path | None) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    from kubernetes.config import list_kube_config_contexts

    with _readable(kubeconfig):
        found: Any = list_kube_config_contexts(_file(kubeconfig))
    contexts, active = found
    return contexts, active


def _refused(doing: str, response: BaseHTTPResponse, confidential: bool = False) -> ClusterError:
    error = refusal(doing, response.status, response.data, confidential)
    asked = response.headers.get("Retry-After", "")
    error.retry_after = min(float(asked), LONGEST_WAIT_SECONDS) if asked.isdecimal() else None
    return error


def _name(kubeconfig: Path | None) -> str:
    return str(kubeconfig or "the default kubeconfig")


def _file(kubeconfig: Path | None) -> str | None:
    return str(kubeconfig) if kubeconfig else None


@contextmanager
def _readable(kubeconfig: Path | None) -> Generator[None]:
    """Turn whatever a broken kubeconfig sets off into one error that names the file."""
    from kubernetes.config import ConfigException

    try:
        yield
    except (ConfigException, YAMLError, OSError, ValueError, TypeError) as error:
        raise Misconfigured(f"cannot use {_name(kubeconfig)}: {error}") from error
