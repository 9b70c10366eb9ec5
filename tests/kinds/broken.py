"""Servers that nobody wrote: right manifests with other values in places chosen by chance."""

from collections.abc import Iterable
from typing import Any

from hypothesis import strategies

from kinds.reading import is_list, is_map
from tests.kinds import corpus
from tests.kinds.corpus import RIGHT, Object

VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1, 2.5, 3901, 65536, 2**40),
    *("", "a", "A", "a b", "ü", "/x", "/", "..", "8080", "30s", "3000000h", "1Gi", "-1", "1GB"),
    *("x" * 64, "stdio", "http", "npx", "npx -y", "Always", "Exists", "kmcp", "data", "$(A)"),
    *([], {}, [None], ["a"], ["a", "a"], {"name": "a"}, [{"name": "a"}], [{"name": ""}], [[]]),
]
SPECS: list[Object] = [corpus.load(path)["spec"] for path in RIGHT]

Path = tuple[str | int, ...]


@strategies.composite
def servers(draw: strategies.DrawFn) -> Object:
    """Return a right server, changed in up to three places."""
    spec: Any = draw(strategies.sampled_from(SPECS))
    if draw(strategies.booleans()):
        spec = _crossed(draw, spec)
    for _ in range(draw(strategies.integers(0, 3))):
        path = draw(strategies.sampled_from(list(places(spec))))
        value = draw(strategies.sampled_from(VALUES) | _anything())
        spec = replaced(spec, path, value)
    return {"metadata": {"name": "generated"}, "spec": spec}


def places(node: Any, path: Path = ()) -> list[Path]:  # noqa: ANN401 - JSON
    """Return the path of every value, the whole included."""
    members: Iterable[tuple[str | int, Any]] = ()
    if is_map(node):
        members = node.items()
    elif is_list(node):
        members = enumerate(node)
    return [path, *(inner for key, one in members for inner in places(one, (*path, key)))]


def replaced(node: Any, path: Path, value: object) -> Any:  # noqa: ANN401 - JSON
    """Return a copy with *value* at *path*."""
    if not path:
        return value
    copy: Any = node.copy()
    copy[path[0]] = replaced(node[path[0]], path[1:], value)
    return copy


def _crossed(draw: strategies.DrawFn, spec: Object) -> Object:
    """Return the spec with one field of another server's deployment."""
    other: Object = draw(strategies.sampled_from(SPECS))["deployment"]
    key = draw(strategies.sampled_from(sorted(other)))
    return {**spec, "deployment": {**spec["deployment"], key: other[key]}}


def _anything() -> strategies.SearchStrategy[Any]:
    leaves: strategies.SearchStrategy[Any] = strategies.one_of(
        strategies.none(),
        strategies.booleans(),
        strategies.integers(),
        strategies.text(),
        strategies.floats(allow_nan=False, allow_infinity=False),
    )
    return strategies.recursive(
        leaves,
        lambda inner: strategies.lists(inner) | strategies.dictionaries(strategies.text(), inner),
        max_leaves=5,
    )
