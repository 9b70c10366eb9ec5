"""The Pods of a server: the server, its adapter if it speaks over stdio, its sidecars."""

import math

import msgspec

from adapter.injection.chosen import Chosen
from adapter.injection.inject import inject
from kinds import names
from kinds.adapter import Adapter
from kinds.durations import seconds
from kinds.reading import Fields, fields, items, text, texts, within
from reconciler.config import Config
from reconciler.manifests import container, metadata, ports, security, volumes
from reconciler.manifests.account import own_account

DEPLOYMENT = ("spec", "deployment")
TAKEN = ("imagePullSecrets", "tolerations", "affinity", "nodeSelector")
LONGEST_START = 3600


def template(
    server: Fields, selected: dict[str, str], noted: dict[str, str], config: Config
) -> Fields:
    """Return the template; *selected* are the labels of the Deployment's selector, and *noted*
    annotations of ours."""
    given = texts(server, *DEPLOYMENT, "annotations")
    usual = {names.DEFAULT_CONTAINER: names.SERVER_CONTAINER}
    labels = metadata.labels(server, texts(server, *DEPLOYMENT, "labels"))
    made: Fields = {
        "metadata": {
            "labels": {**labels, **selected},
            "annotations": metadata.annotations({**usual, **given}, noted),
        },
        "spec": _spec(server, config),
    }
    plain = fields(container.without_nulls(made))
    return plain if ports.is_http(server) else inject(plain, chosen(server, config), config.adapter)


def chosen(server: Fields, config: Config) -> Chosen:
    """Return what a stdio server's manifest says of its adapter."""
    wish = fields(within(server, *DEPLOYMENT, "initContainer"))
    resources = fields(wish.get("resources"))
    return Chosen(
        container=names.SERVER_CONTAINER,
        command=container.command(server),
        port=ports.listening(server, config),
        admin_port=config.adapter.admin_port,
        path=config.adapter.path,
        pull_policy=text(wish, "imagePullPolicy"),
        resources={key: fields(resources.get(key)) for key in ("requests", "limits")},
        security_context=security.adapter_context(server),
        adapter=_settings(server),
        start_timeout=_start_timeout(server),
    )


def _settings(server: Fields) -> Adapter:
    given = container.without_nulls(fields(within(server, "spec", "adapter")))
    return msgspec.convert(given, Adapter, strict=False)


def _start_timeout(server: Fields) -> str:
    """Return the time as the adapter takes it: not none at all, and not more than an hour."""
    exact = seconds(text(server, "spec", "timeout"))
    if not exact:
        return ""
    return f"{min(max(math.ceil(exact), 1), LONGEST_START)}s"


def _spec(server: Fields, config: Config) -> Fields:
    planned = volumes.plan(server)
    sidecars = [
        _with_mounts(one, planned.renamed) for _, one in items(server, *DEPLOYMENT, "sidecars")
    ]
    made: Fields = {
        **_account(server),
        "enableServiceLinks": False,  # a namespace of many servers would fill the environment
        "securityContext": security.pod_context(server, config),
        **{key: within(server, *DEPLOYMENT, key) for key in TAKEN},
        "containers": [container.container(server, planned.mounts, config), *sidecars],
        "volumes": planned.volumes,
    }
    return {key: value for key, value in made.items() if value not in (None, [], {})}


def _account(server: Fields) -> Fields:
    """Return whose rights the Pod has; with an account of yours it may speak to Kubernetes."""
    if given := own_account(server):
        return {"serviceAccountName": given}
    name = text(server, "metadata", "name")
    return {"serviceAccountName": name, "automountServiceAccountToken": False}


def _with_mounts(sidecar: Fields, names_of_volumes: dict[str, str]) -> Fields:
    mounts = [one for _, one in items(sidecar, "volumeMounts")]
    if not mounts:
        return sidecar
    return {**sidecar, "volumeMounts": volumes.renamed(mounts, names_of_volumes)}
