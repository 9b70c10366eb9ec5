"""Read a frozen dataclass of settings, once, from flags and the environment; a flag wins."""

import argparse
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import Field, dataclass, field, fields
from typing import Any, NoReturn, TypeVar, cast

from flags.words import truth

T = TypeVar("T")

_KEY = "option"


class BadSetting(Exception):
    """A value that cannot be used; the message names the flag and says how to mend it."""


@dataclass(frozen=True)
class Program:
    """Whose settings they are."""

    name: str
    """How it is started, for messages."""
    about: str
    prefix: str
    """What its variables begin with."""
    rest: str = ""
    """What else may follow the flags, for `--help`."""


@dataclass(frozen=True)
class Option:
    """How one setting is given and read."""

    group: str
    sentence: str
    read: Callable[[str], Any]
    shown: str
    metavar: str
    alone: str | None = None
    """What the flag means when no word follows it; None when one has to."""


def option(
    group: str, sentence: str, read: Callable[[str], T], default: str, metavar: str = "VALUE"
) -> T:
    """Return a field whose value *read* makes of a word; the default is a word as well."""
    described = Option(group, sentence, read, default, metavar)
    return field(default=read(default), metadata={_KEY: described})


def switch(group: str, sentence: str, default: bool) -> bool:
    """Return a field that the flag alone turns on; `--flag=false` turns it off, as in Go."""
    described = Option(group, sentence, truth, str(default).lower(), "BOOL", alone="true")
    found: bool = field(default=default, metadata={_KEY: described})
    return found


def optional(group: str, sentence: str, read: Callable[[str], T], metavar: str) -> T | None:
    """Return a field that has no value unless one is given."""
    described = Option(group, sentence, read, "", metavar)
    return cast("T | None", field(default=None, metadata={_KEY: described}))


def read(
    kind: type[T], words: Sequence[str], environment: Mapping[str, str], program: Program
) -> T:
    """Return the settings; raise BadSetting when a value cannot be used.

    `--help` prints every option and ends the program.
    """
    given = vars(_parser(kind, program).parse_args(words))
    values: dict[str, Any] = {}
    for one, described in _options(kind):
        flag, variable = _flag(one), program.prefix + one.name.upper()
        if given[one.name] is not None:
            values[one.name] = _value(described, given[one.name], flag)
        elif environment.get(variable):
            values[one.name] = _value(described, environment[variable], variable)
    return kind(**values)


def described(kind: type[Any]) -> Iterator[tuple[str, Option]]:
    """Yield every flag with what `--help` says of it."""
    for one, option in _options(kind):
        yield _flag(one), option


def given_as(name: str) -> str:
    """Return the flag of a field, for messages."""
    return f"--{name.replace('_', '-')}"


class _Parser(argparse.ArgumentParser):
    """Complains in one line: the usage of twenty options would hide it."""

    def error(self, message: str) -> NoReturn:
        raise BadSetting(f"{message}; see --help")


def _parser(kind: type[Any], program: Program) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=program.name,
        usage=f"{program.name} [FLAG ...]{program.rest}",
        description=program.about,
        epilog=f"Every flag has a variable: --log-level is {program.prefix}LOG_LEVEL. A flag wins.",
        allow_abbrev=False,
    )
    groups: dict[str, Any] = {}
    for one, described in _options(kind):
        if described.group not in groups:
            groups[described.group] = parser.add_argument_group(described.group)
        default = f" ({described.shown})" if described.shown else ""
        sentence = f"{described.sentence}{default}".replace("%", "%%")
        groups[described.group].add_argument(
            _flag(one),
            dest=one.name,
            metavar=described.metavar,
            help=sentence,
            **_manner(described),
        )
    return parser


def _manner(described: Option) -> dict[str, str]:
    """Return what makes argparse take the flag without a word behind it."""
    return {} if described.alone is None else {"nargs": "?", "const": described.alone}


def _options(kind: type[Any]) -> Iterator[tuple[Field[Any], Option]]:
    for one in fields(kind):
        yield one, one.metadata[_KEY]


def _flag(one: Field[Any]) -> str:
    return given_as(one.name)


def _value(described: Option, word: str, source: str) -> Any:  # noqa: ANN401 - of any field
    try:
        return described.read(word)
    except ValueError as error:
        raise BadSetting(f"{source} {error}, not {word!r}") from error


@contextmanager
def complaining(program: Program) -> Generator[None]:
    """End the program with one line and exit code 2 when a setting cannot be used."""
    try:
        yield
    except BadSetting as error:
        print(f"{program.name}: {error}", file=sys.stderr)
        sys.exit(2)
