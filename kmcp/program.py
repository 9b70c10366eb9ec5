"""Finds the command that was asked for, has it read its flags, and turns trouble into one line."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn, Protocol, cast

from kmcp.catalogue import ALIASES, COMMANDS
from kmcp.trouble import Code, Trouble

USAGE = "kmcp COMMAND [FLAG ...]"


class Command(Protocol):
    """What a module in kmcp/commands has."""

    def declare(self, parser: argparse.ArgumentParser) -> None:
        """Say which words and flags there are."""

    def run(self, given: argparse.Namespace) -> None:
        """Do it; Trouble when that is not possible."""


class Parser(argparse.ArgumentParser):
    """Complains in one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and where to read on."""
        raise Trouble(f"{message}; see `{self.prog} --help`", Code.USAGE)


def run(words: Sequence[str]) -> Code:
    """Do what *words* ask for, and return how it went."""
    try:
        _run(words)
        sys.stdout.flush()
    except Trouble as trouble:
        print(f"kmcp: {trouble}", file=sys.stderr)
        return trouble.code
    except KeyboardInterrupt:
        print("kmcp: interrupted", file=sys.stderr)
        return Code.INTERRUPTED
    except BrokenPipeError:  # whoever read has read enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Code.DONE


def _run(words: Sequence[str]) -> None:
    if not words or words[0] in ("-h", "--help", "help"):
        print(overview())
        return
    name = "version" if words[0] == "--version" else ALIASES.get(words[0], words[0])
    if name not in COMMANDS:
        raise Trouble(f"there is no command {words[0]}: {_near(name)}", Code.USAGE)
    command = cast("Command", import_module(f"kmcp.commands.{name}"))
    parser = Parser(prog=f"kmcp {name}", description=f"{COMMANDS[name]}.", allow_abbrev=False)
    command.declare(parser)
    command.run(parser.parse_args(words[1:]))


def overview() -> str:
    """Return what `kmcp --help` prints."""
    width = max(map(len, COMMANDS)) + 2
    lines = [f"  {name.ljust(width)}{sentence}" for name, sentence in COMMANDS.items()]
    return "\n".join([f"usage: {USAGE}", "", *lines, "", "`kmcp COMMAND --help` tells its flags."])


def _near(word: str) -> str:
    from difflib import get_close_matches

    found = get_close_matches(word, [*COMMANDS, *ALIASES], 1)
    return f"do you mean {found[0]}?" if found else "see `kmcp --help`"
