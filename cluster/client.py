"""Typed verbs on the objects of a cluster: the caller names a struct and gets one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar, Unpack, overload

import msgspec

from cluster.bodies import applied, is_idempotent, whole
from cluster.calls import Application, Call, Change, Creation, write
from cluster.connection import TIMEOUT_SECONDS, Body, Connection
from cluster.decoding import Broken, Listing, decode, item
from cluster.decoding import page as paged
from cluster.discovery import Discovery
from cluster.errors import Gone, Invalid, NotFound
from cluster.objects import Metadata, Object
from cluster.resources import Resource
from cluster.retry import Patience

T = TypeVar("T")

METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
PAGE_SIZE = 500


class Client:
    """The verbs, on one connection; threads may share it."""

    def __init__(
        self,
        connection: Connection,
        patience: Patience | None = None,
        page_size: int = PAGE_SIZE,
    ) -> None:
        """Repeat what *patience* allows; ask for lists in pages of *page_size*."""
        self.connection = connection
        self._patience = patience or Patience()
        self._page_size = page_size
        self._discovery = Discovery(lambda path: self._send(Call(method="GET", path=path)))

    def with_patience(self, patience: Patience) -> "Client":
        """Return a client on the same connection that repeats and waits in another way."""
        return Client(self.connection, patience, self._page_size)

    def get(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        type: type[T],
        timeout: float = TIMEOUT_SECONDS,
    ) -> T:
        """Return one object; NotFound when there is none."""
        path = resource.path(namespace, name)
        confidential = resource.is_confidential
        return self._read(
            Call(method="GET", path=path, timeout=timeout, confidential=confidential), type
        )

    def metadata(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        timeout: float = TIMEOUT_SECONDS,
    ) -> Metadata:
        """Return which object it is; nothing of its content leaves the API server."""
        path = resource.path(namespace, name)
        call = Call(method="GET", path=path, accept=METADATA_ONLY, timeout=timeout)
        return self._read(call, Object).metadata

    def exists(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        timeout: float = TIMEOUT_SECONDS,
    ) -> bool:
        """Say whether there is such an object, without reading its content."""
        try:
            self.metadata(resource, namespace, name, timeout)
        except NotFound:
            return False
        return True

    def list(
        self,
        resource: Resource,
        namespace: str | None,
        type: type[T],
        selector: str = "",
        timeout: float = TIMEOUT_SECONDS,
    ) -> Listing[T]:
        """Return all objects whose labels *selector* picks; *timeout* is for each page.

        An object that does not fit *type* is among the broken ones, and spoils no other.
        """
        path = resource.path(namespace)
        secret = resource.is_confidential
        return self._listed(
            Call(method="GET", path=path, timeout=timeout, confidential=secret), selector, type
        )

    def list_metadata(
        self,
        resource: Resource,
        namespace: str | None,
        type: type[T],
        selector: str = "",
        timeout: float = TIMEOUT_SECONDS,
    ) -> Listing[T]:
        """Return which objects there are; nothing of their content leaves the API server.

        *type* is a struct with what is wanted of their metadata.
        """
        path = resource.path(namespace)
        call = Call(method="GET", path=path, accept=METADATA_LIST, timeout=timeout)
        return self._listed(call, selector, type)

    def create(
        self,
        resource: Resource,
        namespace: str | None,
        object: object,
        type: type[T],
        **options: Unpack[Creation],
    ) -> T:
        """Make an object and return what became of it.

        It is not tried again when it may have arrived: a name that is generated would be made
        twice.
        """
        path = resource.path(namespace)
        call = replace(write("POST", resource, path, whole(object), options), idempotent=False)
        return self._read(call, type)

    def replace(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        object: object,
        type: type[T],
        **options: Unpack[Change],
    ) -> T:
        """Put *object* in the place of the one that is there.

        Conflict when its metadata.resourceVersion is not the newest.
        """
        path = resource.path(namespace, name, options.get("subresource"))
        return self._read(write("PUT", resource, path, whole(object), options), type)

    @overload
    def patch(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        body: Body,
        type: type[T],
        **options: Unpack[Change],
    ) -> T: ...

    @overload
    def patch(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        body: Body,
        **options: Unpack[Change],
    ) -> Object: ...

    def patch(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        body: Body,
        type: Any = Object,
        **options: Unpack[Change],
    ) -> Any:
        """Change an object by a merge patch or a JSON patch (see `cluster.bodies`)."""
        path = resource.path(namespace, name, options.get("subresource"))
        call = write("PATCH", resource, path, body, options)
        return self._read(replace(call, idempotent=is_idempotent(body)), type)

    @overload
    def apply(
        self,
        manifest: Mapping[str, Any],
        manager: str,
        force: bool = False,
        *,
        type: type[T],
        **options: Unpack[Application],
    ) -> T: ...

    @overload
    def apply(
        self,
        manifest: Mapping[str, Any],
        manager: str,
        force: bool = False,
        **options: Unpack[Application],
    ) -> Object: ...

    def apply(
        self,
        manifest: Mapping[str, Any],
        manager: str,
        force: bool = False,
        *,
        type: Any = Object,
        **options: Unpack[Application],
    ) -> Any:
        """Have the object be as *manifest* says, whether it is there already or not.

        The manifest has every field that *manager* wants to own, and no other. Conflict when
        somebody else owns one of them, unless *force* takes it from them.
        """
        resource, namespace, name = self._addressee(manifest)
        path = resource.path(namespace, name, options.get("subresource"))
        settings: Change = {**options, "manager": manager}
        call = write("PATCH", resource, path, applied(manifest), settings)
        query = {**call.query, "force": str(force).lower()}
        return self._read(replace(call, query=query), type)

    def delete(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        uid: str = "",
        **options: Unpack[Creation],
    ) -> bool:
        """Delete an object, and return whether there was one.

        With *uid*, another object of the same name is a Conflict. What it owns is deleted later.
        """
        preconditions = {"preconditions": {"uid": uid}} if uid else {}
        body = whole({"propagationPolicy": "Background", **preconditions})
        try:
            self._send(write("DELETE", resource, resource.path(namespace, name), body, options))
        except NotFound:
            return False
        return True

    def _addressee(self, manifest: Mapping[str, Any]) -> tuple[Resource, str | None, str]:
        try:
            target = msgspec.convert(manifest, Object)
        except msgspec.ValidationError as error:
            raise Invalid(f"this is no manifest: {error}") from error
        place = self._discovery.place(target.api_version, target.kind)
        metadata = target.metadata
        if place.is_namespaced and not metadata.namespace:
            raise Invalid(f"the manifest of {target.kind} {metadata.name} has no namespace")
        return place.resource, metadata.namespace or None, metadata.name

    def _listed(self, call: Call, selector: str, type: type[T]) -> Listing[T]:
        query = {"limit": str(self._page_size)} | ({"labelSelector": selector} if selector else {})
        call = replace(call, query=query)
        try:
            return self._listing(call, type)
        except Gone:  # it took so long that the API server forgot the moment it began at
            return self._listing(call, type)

    def _listing(self, call: Call, type: type[T]) -> Listing[T]:
        good: tuple[T, ...] = ()
        broken: tuple[Broken, ...] = ()
        query = call.query
        while True:
            one_part = replace(call, query=query)
            page = paged(self._send(one_part), call.doing, call.confidential)
            found = [item(raw, type, call.confidential) for raw in page.items or ()]
            good += tuple(one for one in found if not isinstance(one, Broken))
            broken += tuple(one for one in found if isinstance(one, Broken))
            if not page.metadata.continue_:
                return Listing(good, page.metadata.resource_version, broken)
            query = {**call.query, "continue": page.metadata.continue_}

    def _read(self, call: Call, type: type[T]) -> T:
        return decode(self._send(call), type, call.doing, call.confidential)

    def _send(self, call: Call) -> bytes:
        def request(seconds: float) -> bytes:
            return self.connection.request(
                call.method, call.path, call.query, call.body, seconds, call.accept
            )

        return self._patience.attempt(request, call.timeout, call.idempotent)
