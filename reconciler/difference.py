"""Says whether an object has to be applied: what in it differs from the manifest, and only that.

Who owns a field is known from managedFields, and so is whether a list has keys: nothing here
knows a schema. What the API server fills in and what others add is not ours, so it does not count;
what others changed or took away is not ours any more, so it does.
"""

from enum import Enum
from typing import Any

from msgspec import Struct

from kinds.quantities import amount
from kinds.reading import Fields, fields, is_list, is_map
from reconciler import managed
from reconciler.managed import KEYED, MEMBER

NEVER_OWNED = ("apiVersion", "kind", "metadata")
IDENTITY = ("name", "namespace")


class Why(Enum):
    """How a field differs."""

    OTHER = "other"
    """It is ours, with another value than we want now."""
    ABSENT = "absent"
    """It is not there."""
    TAKEN = "taken"
    """Somebody else has set it."""
    SURPLUS = "surplus"
    """It is ours, and we do not want it any more."""


class Difference(Struct, frozen=True):
    """One field that has to be applied."""

    path: tuple[str, ...]
    why: Why

    def __str__(self) -> str:
        """Return the field as people write it."""
        return ".".join(self.path)


Path = tuple[str, ...]


def differences(live: Fields, wanted: Fields) -> list[Difference]:
    """Return where a live object is not as the manifest says; nowhere: there is nothing to do.

    What others added stays out of it. What we applied once and do not want any more is in it.
    """
    owned = managed.ours(live)
    if owned is None:
        return [Difference((), Why.TAKEN)]
    comparison = _Comparison()
    comparison.members((), _without_identity(wanted), live, owned)
    return comparison.found


def _without_identity(wanted: Fields) -> Fields:
    """Leave out what tells which object it is: nobody owns that."""
    metadata = {
        key: value for key, value in fields(wanted.get("metadata")).items() if key not in IDENTITY
    }
    rest = {key: value for key, value in wanted.items() if key not in NEVER_OWNED}
    return {**rest, "metadata": metadata} if metadata else rest


class _Comparison:
    """Walks through a manifest, what is there, and what of it is ours, all at once.

    It is done for every object in every pass, hence the few steps.
    """

    def __init__(self) -> None:
        self.found: list[Difference] = []

    def members(self, path: Path, wanted: Fields, live: Any, owned: Fields) -> None:  # noqa: ANN401
        there = fields(live)
        for key, one in wanted.items():
            node = owned.get(f"{MEMBER}{key}")
            if node is None:
                self._not_ours((*path, key), one, there.get(key))
            elif isinstance(one, dict | list):
                self._part((*path, key), one, there.get(key), fields(node))
            elif one != there.get(key) or isinstance(one, bool):
                self._value((*path, key), one, there.get(key))
        for key in owned:
            if key != "." and not (key.startswith(MEMBER) and key[2:] in wanted):
                self.found.append(Difference((*path, key[2:]), Why.SURPLUS))

    def _not_ours(self, path: Path, wanted: object, live: object) -> None:
        """Note a field that is not ours, unless the API server leaves out one that says nothing."""
        if live is not None:
            self.found.append(Difference(path, Why.TAKEN))
        elif not _is_nothing(path[-1], wanted):
            self.found.append(Difference(path, Why.ABSENT))

    def _part(self, path: Path, wanted: Any, live: Any, owned: Fields) -> None:  # noqa: ANN401
        """Compare a map or a list; without nodes in it, it is owned as a whole."""
        if not managed.has_inner(owned):
            if not _holds(path, live, wanted):
                self.found.append(Difference(path, Why.OTHER))
        elif is_map(wanted):
            self.members(path, wanted, live, owned)
        else:
            self._items(path, wanted, live, owned)

    def _value(self, path: Path, wanted: object, live: object) -> None:
        if not _same(path, wanted, live):
            self.found.append(Difference(path, Why.OTHER))

    def _items(self, path: Path, wanted: list[Any], live: Any, owned: Fields) -> None:  # noqa: ANN401
        """Compare a list whose items have keys, or are members of a set."""
        nodes = {key: _picked(key, wanted) for key in owned if key != "."}
        picked = [id(one) for one in nodes.values() if one is not None]
        for key, one in nodes.items():
            if one is None:
                self.found.append(Difference((*path, key[2:]), Why.SURPLUS))
            elif key.startswith(KEYED):
                self._item(path, key, one, live, fields(owned[key]))
        for one in wanted:
            if id(one) not in picked:
                self.found.append(Difference((*path, _shown(one)), Why.ABSENT))

    def _item(self, path: Path, key: str, wanted: Fields, live: Any, owned: Fields) -> None:  # noqa: ANN401
        there = managed.found(live, managed.keys(key))
        if there is None:
            self.found.append(Difference((*path, _shown(wanted)), Why.ABSENT))
        else:
            self._part((*path, _shown(wanted)), wanted, there, owned)


def _picked(key: str, wanted: list[Any]) -> Any:  # noqa: ANN401 - JSON
    """Return the wanted item that a node stands for."""
    if key.startswith(KEYED):
        return managed.found(wanted, managed.keys(key))
    value = managed.value(key)
    return next((one for one in wanted if one == value), None)


def _shown(item: object) -> str:
    """Return the name of an item, for people."""
    if not is_map(item):
        return str(item)
    return str(next((item[key] for key in NAMING if key in item), ""))


NAMING = ("name", "mountPath", "containerPort", "port", "uid")


def _holds(path: Path, live: object, wanted: object) -> bool:
    """Say whether something that is owned as a whole is as wanted, but for what was filled in."""
    if is_map(wanted):
        if not is_map(live):
            return not wanted
        return all(
            _holds((*path, key), live.get(key), one) if key in live else _is_nothing(key, one)
            for key, one in wanted.items()
        )
    if is_list(wanted):
        if not is_list(live):
            return not wanted
        return len(live) == len(wanted) and all(map(lambda a, b: _holds(path, a, b), live, wanted))
    return _same(path, wanted, live)


def _same(path: Path, wanted: object, live: object) -> bool:
    if wanted == live and isinstance(wanted, bool) == isinstance(live, bool):
        return True
    if live is None or wanted == "":
        return _is_nothing(path[-1], wanted) and (live is None or path[-1] in FILLED_IN)
    return _is_quantity(path) and amount(wanted) is not None and amount(wanted) == amount(live)


def _is_quantity(path: tuple[str, ...]) -> bool:
    return any(part in QUANTITIES for part in path[-2:])


QUANTITIES = ("limits", "requests", "sizeLimit", "divisor", "storage")
"""Where the API server writes a quantity in its own spelling."""

FILLED_IN = (
    "imagePullPolicy",
    "protocol",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "scheme",
    "apiVersion",
)
"""Where the API server takes an empty text for a field that was left out."""


def _is_nothing(key: str, wanted: object) -> bool:
    if wanted is None or wanted in ("", [], {}):
        return True
    return wanted in (False, 0) and key not in KEPT


KEPT = (
    "replicas",
    "automountServiceAccountToken",
    "enableServiceLinks",
    "privileged",
    "allowPrivilegeEscalation",
    "readOnlyRootFilesystem",
    "runAsNonRoot",
    "runAsUser",
    "runAsGroup",
    "fsGroup",
    "terminationGracePeriodSeconds",
    "shareProcessNamespace",
    "optional",
    "defaultMode",
    "controller",
    "blockOwnerDeletion",
)
"""Where false and 0 say something, so that their absence does too."""
