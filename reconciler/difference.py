"""Says whether an object has to be applied: what in it differs from the manifest, and only that.

Who owns a field is known from managedFields, and so is whether a list has keys: nothing here
knows a schema. What the API server fills in and what others add is not ours, so it does not count;
what others changed or took away is not ours any more, so it does.
"""

from collections.abc import Iterator
from enum import Enum
from typing import Any

from msgspec import Struct

from kinds.quantities import amount
from kinds.reading import Fields, fields, is_list, is_map
from reconciler import managed
from reconciler.managed import KEYED, MEMBER, VALUE

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


class _Place(Struct, frozen=True):
    """A part of the wanted manifest, beside what is there and what of it is ours."""

    path: tuple[str, ...]
    wanted: Any
    live: Any
    owned: Fields

    def member(self, key: str) -> "_Place":
        node = fields(self.owned.get(f"{MEMBER}{key}"))
        return _Place((*self.path, key), self.wanted[key], fields(self.live).get(key), node)


def differences(live: Fields, wanted: Fields) -> list[Difference]:
    """Return where a live object is not as the manifest says; nowhere: there is nothing to do.

    What others added stays out of it. What we applied once and do not want any more is in it.
    """
    owned = managed.ours(live)
    if owned is None:
        return [Difference((), Why.TAKEN)]
    plain = _without_identity(wanted)
    return [*_missing(_Place((), plain, live, owned)), *_surplus((), plain, owned)]


def _without_identity(wanted: Fields) -> Fields:
    """Leave out what tells which object it is: nobody owns that."""
    metadata = {
        key: value for key, value in fields(wanted.get("metadata")).items() if key not in IDENTITY
    }
    rest = {key: value for key, value in wanted.items() if key not in NEVER_OWNED}
    return {**rest, "metadata": metadata} if metadata else rest


def _missing(place: _Place) -> Iterator[Difference]:
    """Yield the wanted fields that are not ours, or not as we want them."""
    if is_map(place.wanted):
        for key in place.wanted:
            inner = place.member(key)
            if f"{MEMBER}{key}" in place.owned:
                yield from _owned(inner)
            elif not _is_dropped(inner):
                yield _not_ours(inner)
    elif is_list(place.wanted):
        yield from _items(place)
    elif not _same(place.path, place.wanted, place.live):
        yield Difference(place.path, Why.OTHER)


def _owned(place: _Place) -> Iterator[Difference]:
    below = managed.inner(place.owned)
    if below or not isinstance(place.wanted, dict | list):
        yield from _missing(place)
    elif not _holds(place.path, place.live, place.wanted):
        yield Difference(place.path, Why.OTHER)


def _not_ours(place: _Place) -> Difference:
    return Difference(place.path, Why.ABSENT if place.live is None else Why.TAKEN)


def _items(place: _Place) -> Iterator[Difference]:
    """Yield what differs in a list whose items have keys, or are members of a set."""
    nodes = [(managed.keys(key), key) for key in place.owned if key.startswith(KEYED)]
    values = [managed.value(key) for key in place.owned if key.startswith(VALUE)]
    for wanted in place.wanted:
        if not is_map(wanted):
            if wanted not in values:
                yield Difference((*place.path, str(wanted)), Why.ABSENT)
            continue
        keys, node = next((one for one in nodes if _has(wanted, one[0])), ({}, ""))
        path = (*place.path, _shown(wanted, keys))
        live = managed.found(place.live, keys) if keys else None
        if live is None:
            yield Difference(path, Why.ABSENT)
        else:
            yield from _owned(_Place(path, wanted, live, fields(place.owned[node])))


def _has(wanted: Fields, keys: Fields) -> bool:
    return managed.found([wanted], keys) is not None


def _shown(wanted: Fields, keys: Fields) -> str:
    told = [str(wanted[key]) for key in keys if key in wanted] or [str(wanted.get("name", ""))]
    return told[0]


def _holds(path: tuple[str, ...], live: object, wanted: object) -> bool:
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


def _same(path: tuple[str, ...], wanted: object, live: object) -> bool:
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


def _is_dropped(place: _Place) -> bool:
    """Say whether the API server left a field out because it says nothing."""
    return place.live is None and _is_nothing(place.path[-1], place.wanted)


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


def _surplus(path: tuple[str, ...], wanted: Any, owned: Fields) -> Iterator[Difference]:  # noqa: ANN401 - JSON
    """Yield what is ours and not wanted."""
    for key, node in managed.inner(owned).items():
        name = key[2:]
        if key.startswith(MEMBER):
            if not is_map(wanted) or name not in wanted:
                yield Difference((*path, name), Why.SURPLUS)
            else:
                yield from _surplus((*path, name), wanted[name], node)
        elif key.startswith(KEYED):
            item = managed.found(wanted, managed.keys(key))
            if item is None:
                yield Difference((*path, name), Why.SURPLUS)
            else:
                yield from _surplus((*path, name), item, node)
        elif not is_list(wanted) or managed.value(key) not in wanted:
            yield Difference((*path, name), Why.SURPLUS)
