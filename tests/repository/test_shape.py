"""Files and functions stay small enough to be read in one go."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repository.generated import ROOT

LONGEST_FILE = 300
LONGEST_FUNCTION = 50
CODE = {".py", ".go", ".sh"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def tracked() -> list[Path]:
    """Return the files of the repository: those in git, and those that could be added."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


SOURCES = [path for path in tracked() if path.suffix in CODE]
MODULES = [path for path in SOURCES if path.suffix == ".py"]


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def body_lines(function: Function) -> int:
    """Return a function's length without its docstring."""
    first = function.body[0]
    has_docstring = ast.get_docstring(function, clean=False) is not None
    docstring = (first.end_lineno or 0) - first.lineno + 1 if has_docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_a_file_is_at_most_300_lines_long(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= LONGEST_FILE, f"{short(path)} has {lines} lines: split it by subject"


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_a_function_is_at_most_50_lines_long(path: Path) -> None:
    too_long = {
        f"{short(path)}:{function.lineno} {function.name}": body_lines(function)
        for function in functions(ast.parse(path.read_text()))
        if body_lines(function) > LONGEST_FUNCTION
    }
    assert not too_long, f"longer than {LONGEST_FUNCTION} lines, split by purpose: {too_long}"


def test_a_docstring_does_not_count_as_length() -> None:
    tree = ast.parse('def f():\n    """One.\n\n    Two.\n    """\n    return 1\n')
    assert [body_lines(function) for function in functions(tree)] == [2]
