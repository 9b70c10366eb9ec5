"""What the server and its Pod may do: little, unless the user asks for more."""

from kinds.reading import Fields, fields, is_list, within
from reconciler.config import Config
from reconciler.manifests.runner import has_our_image

DEPLOYMENT = ("spec", "deployment")
ESCALATING = ("SYS_ADMIN", "CAP_SYS_ADMIN")


def server_context(server: Fields, config: Config) -> Fields:
    """Return the security context of the server's container.

    Whether it runs as root is up to its image: many could not start otherwise.
    """
    given = fields(within(server, *DEPLOYMENT, "securityContext"))
    usual: Fields = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    if _must_escalate(given):
        del usual["allowPrivilegeEscalation"]
    return {**usual, **_user(server, config), **given}


def pod_context(server: Fields, config: Config) -> Fields:
    """Return the security context of the Pod, which holds for sidecars too."""
    given = fields(within(server, *DEPLOYMENT, "podSecurityContext"))
    usual: Fields = {"seccompProfile": {"type": "RuntimeDefault"}}
    user = _user(server, config).get("runAsUser")
    if user is not None:  # so that the volumes of the Pod can be written
        usual |= {"fsGroup": user, "fsGroupChangePolicy": "OnRootMismatch"}
    return {**usual, **given}


def adapter_context(server: Fields) -> Fields:
    """Return what the user wants otherwise in the adapter's container."""
    given = fields(within(server, *DEPLOYMENT, "initContainer", "securityContext"))
    plain = {key: value for key, value in given.items() if value is not None}
    return {"allowPrivilegeEscalation": True, **plain} if _must_escalate(plain) else plain


def _user(server: Fields, config: Config) -> Fields:
    """Return who runs an image of ours, of which we know that it needs no root."""
    if not has_our_image(server, config) or _says_who(server):
        return {}
    user = config.adapter.user
    if user is None:
        return {"runAsNonRoot": True}
    return {"runAsNonRoot": True, "runAsUser": user, "runAsGroup": user}


def _says_who(server: Fields) -> bool:
    contexts = ("securityContext", "podSecurityContext")
    given = [fields(within(server, *DEPLOYMENT, context)) for context in contexts]
    return any(
        one.get(key) is not None for one in given for key in ("runAsUser", "runAsNonRoot")
    ) or any(one.get("privileged") is True for one in given)


def _must_escalate(given: Fields) -> bool:
    """Say whether the API server takes no allowPrivilegeEscalation: false beside the rest."""
    added = within(given, "capabilities", "add")
    capabilities = added if is_list(added) else []
    return given.get("privileged") is True or any(one in ESCALATING for one in capabilities)
