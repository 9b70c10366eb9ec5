"""YAML and JSON documents from files, with the line of every field, for errors that point."""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode

from kinds.reading import Fields, is_map
from kmcp.trouble import Code, Trouble

LARGEST_FILE = 8 * 2**20
MOST_VALUES = 100_000
"""Aliases can make a small file into an endless document."""
SUFFIXES = (".yaml", ".yml", ".json")
STANDARD_INPUT = "-"
_PART = re.compile(r"\[([^\]]*)\]|([^.\[]+)")


class _Loader(yaml.SafeLoader):
    """Takes dates for text, as Kubernetes does."""


_Loader.yaml_implicit_resolvers = {
    sign: [one for one in resolvers if one[0] != "tag:yaml.org,2002:timestamp"]
    for sign, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class Document:
    """One document, and where it is from."""

    source: str
    node: Node
    content: Fields

    def line(self, field: str) -> int:
        """Return the line of a field such as spec.env[KEY], or of what it is missing from."""
        node, line = self.node, _line(self.node)
        for part in _PART.finditer(field):
            found = _member(node, part[1] if part[1] is not None else part[2])
            if found is None:
                return line
            line, node = found
        return line


def documents(names: Iterable[str]) -> Iterator[Document]:
    """Yield every document of files, of the manifests in folders, and of standard input."""
    for name in names:
        for path in _files(name):
            source = "standard input" if path is None else str(path)
            yield from parsed(_text(path, source), source)


def parsed(text: str, source: str) -> Iterator[Document]:
    """Yield the documents of a text; the items of a List count as documents."""
    try:
        loader = _Loader(text)
    except yaml.YAMLError as error:
        raise _unreadable(error, source) from error
    try:
        while loader.check_node():
            node = loader.get_node()
            if node is not None:
                yield from _document(loader, node, source)
    except yaml.YAMLError as error:
        raise _unreadable(error, source) from error
    except RecursionError as error:
        raise Trouble(f"{source}: it is nested too deeply", Code.USAGE) from error
    finally:
        loader.dispose()


def _document(loader: Any, node: Node, source: str) -> Iterator[Document]:  # noqa: ANN401 - untyped
    _refuse_twins(node, source, count())
    content = loader.construct_document(node)
    if content is None:
        return
    if not is_map(content):
        raise Trouble(f"{source}:{_line(node)}: a manifest is a map of fields", Code.USAGE)
    items = _member(node, "items")
    if content.get("kind") != "List" or items is None or not isinstance(items[1], SequenceNode):
        yield Document(source, node, content)
        return
    for one, inner in zip(content["items"], items[1].value, strict=True):
        if is_map(one):
            yield Document(source, inner, one)


def _files(name: str) -> list[Path | None]:
    if name == STANDARD_INPUT:
        return [None]
    path = Path(name)
    if not path.is_dir():
        return [path]
    found = sorted(one for one in path.rglob("*") if one.suffix in SUFFIXES and one.is_file())
    if not found:
        raise Trouble(f"there is no {', '.join(SUFFIXES)} in {name}", Code.USAGE)
    return [*found]


def _text(path: Path | None, source: str) -> str:
    try:
        if path is None:
            content = sys.stdin.buffer.read(LARGEST_FILE + 1)
        else:
            with path.open("rb") as file:
                content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise Trouble(f"{source} is larger than {LARGEST_FILE >> 20} MiB", Code.USAGE)
        return content.decode("utf-8-sig")
    except OSError as error:
        raise Trouble(f"cannot read {source}: {error.strerror}", Code.USAGE) from error
    except UnicodeDecodeError as error:
        raise Trouble(f"{source} is not text in UTF-8", Code.USAGE) from error


def _refuse_twins(node: Node, source: str, values: Iterator[int]) -> None:
    """Refuse keys that stand there twice, of which all but the last would be lost."""
    if next(values) > MOST_VALUES:
        raise Trouble(f"{source} has more than {MOST_VALUES} values", Code.USAGE)
    if isinstance(node, SequenceNode):
        for one in node.value:
            _refuse_twins(one, source, values)
    if isinstance(node, MappingNode):
        seen = set[str]()
        for key, value in node.value:
            if not isinstance(key.value, str):
                raise Trouble(f"{source}:{_line(key)}: a key must be text", Code.USAGE)
            if key.value in seen:
                raise Trouble(f"{source}:{_line(key)}: {key.value} is there twice", Code.USAGE)
            seen.add(key.value)
            _refuse_twins(value, source, values)


def _member(node: Node, key: str) -> tuple[int, Node] | None:
    if isinstance(node, SequenceNode) and key.isdecimal() and int(key) < len(node.value):
        inner: Node = node.value[int(key)]
        return _line(inner), inner
    if isinstance(node, MappingNode):
        for name, value in node.value:
            if name.value == key:
                return _line(name), value
    return None


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _unreadable(error: yaml.YAMLError, source: str) -> Trouble:
    mark: Any = getattr(error, "problem_mark", None)
    where = f"{source}:{mark.line + 1}" if mark is not None else source
    why = getattr(error, "problem", None) or "it cannot be read"
    return Trouble(f"{where}: this is no YAML: {why}", Code.USAGE)
