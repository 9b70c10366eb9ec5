"""The serving certificate: where it comes from, and how a new one replaces the old."""

import logging
import ssl
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from certs.authority import Pair
from certs.bundle import UNREADABLE, expiry
from cluster.connection import Connection
from cluster.errors import ClusterError
from flags.words import SecretName
from webhook.tls import server_context

log = logging.getLogger(__name__)

LONGEST_FILE = 2**20
"""The most that a Secret may hold."""


@dataclass(frozen=True)
class Material:
    """All that serving takes: the pair, and the bundle by which others trust it."""

    pair: Pair
    bundle: bytes


class Unusable(Exception):
    """There is no certificate that could be served; the message says why.

    Two of the same *kind* are one and the same trouble, even if the words differ.
    """

    def __init__(self, message: str, kind: object) -> None:
        """Say why, and what kind of trouble it is."""
        super().__init__(message)
        self.kind = kind


class Source(Protocol):
    """Where the certificate comes from."""

    def read(self) -> Material:
        """Return what is there now; raise Unusable when it is not whole."""
        ...


@dataclass(frozen=True)
class Files:
    """Three files, such as a mounted Secret; they may be replaced at any time, also one by one."""

    certificate: Path
    key: Path
    bundle: Path

    def read(self) -> Material:
        """Return what the files hold now."""
        pair = Pair(certificate=_content(self.certificate), key=_content(self.key))
        return Material(pair, _content(self.bundle))


class _Data(msgspec.Struct):
    certificate: bytes = msgspec.field(name="tls.crt", default=b"")
    key: bytes = msgspec.field(name="tls.key", default=b"")
    bundle: bytes = msgspec.field(name="ca.crt", default=b"")


class _Secret(msgspec.Struct):
    data: _Data = msgspec.field(default_factory=_Data)


@dataclass(frozen=True)
class ApiSecret:
    """A Secret, read through the API: a mounted one lags behind by a minute."""

    api: Connection
    secret: SecretName

    def read(self) -> Material:
        """Return what the Secret holds now."""
        path = f"/api/v1/namespaces/{self.secret.namespace}/secrets/{self.secret.name}"
        try:
            data = msgspec.json.decode(self.api.request("GET", path), type=_Secret).data
        except ClusterError as error:
            raise Unusable(str(error), type(error)) from error
        except msgspec.DecodeError as error:
            raise Unusable(f"Secret {self.secret} cannot be read", type(error)) from error
        parts = {"tls.crt": data.certificate, "tls.key": data.key, "ca.crt": data.bundle}
        missing = ", ".join(name for name, value in parts.items() if not value)
        if missing:
            raise Unusable(f"Secret {self.secret} has no {missing}", missing)
        return Material(Pair(data.certificate, data.key), data.bundle)


class ServingCertificate:
    """The certificate that new connections get. Only something better ever replaces it."""

    def __init__(self, source: Source, oldest: ssl.TLSVersion) -> None:
        """Begin without one; *oldest* is the oldest TLS that will be spoken with it."""
        self._source = source
        self._oldest = oldest
        self._material: Material | None = None
        self._trouble: object = None
        self.problem: str | None = "none has been read yet"
        """Why what the source holds is not served; None when it is."""
        self.context: ssl.SSLContext | None = None
        """What to shake hands with; None as long as there is nothing to serve."""
        self.expires = 0.0
        """When the served one ends, in Unix time; 0 as long as there is none."""
        self.loaded = threading.Event()
        """Set once there is something to serve."""

    @property
    def bundle(self) -> bytes:
        """What clients are told to trust."""
        return self._material.bundle if self._material else b""

    def refresh(self) -> None:
        """Serve what the source holds now, or go on as before and say so once."""
        try:
            material = self._source.read()
            if material != self._material:
                self._serve(material)
        except Unusable as error:
            self._complain(error)
        else:
            self.problem = self._trouble = None

    def watch(self, seconds: float) -> None:
        """Refresh now and then, in a thread of its own, for as long as the program runs."""

        def run() -> None:
            while True:
                try:
                    self.refresh()
                except Exception:
                    log.exception("cannot look for a certificate")
                time.sleep(seconds)

        threading.Thread(target=run, name="certificate", daemon=True).start()

    def _serve(self, material: Material) -> None:
        try:
            context = server_context(material.pair, self._oldest)
            expires = expiry(material.pair.certificate)
        except (ssl.SSLError, *UNREADABLE) as error:
            reason = getattr(error, "reason", None) or str(error)
            raise Unusable(f"certificate and key do not make a pair: {reason}", material) from error
        self._material, self.context, self.expires = material, context, expires.timestamp()
        self.loaded.set()
        log.info("serving a new certificate", extra={"expires": expires.isoformat()})

    def _complain(self, error: Unusable) -> None:
        self.problem = str(error)
        if error.kind == self._trouble:
            return
        self._trouble = error.kind
        served = "the one before" if self.context else "none"
        log.warning("certificate not usable", extra={"reason": str(error), "served": served})


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(LONGEST_FILE)
    except OSError as error:
        raise Unusable(f"cannot read {file}: {error.strerror}", (file, error.errno)) from error
