"""`kmcp validate`."""

import argparse
from collections.abc import Iterator

from kinds.advice import warnings
from kinds.defaults import Runners, with_defaults
from kinds.names import GROUP, KIND, VERSION
from kinds.problems import in_order
from kinds.reading import text
from kinds.rules.catalogue import problems
from kmcp.documents import Document, documents
from kmcp.trouble import Code, Trouble


def declare(parser: argparse.ArgumentParser) -> None:
    """Say which words and flags there are."""
    parser.add_argument(
        "-f",
        "--file",
        action="append",
        required=True,
        help="a file, a folder, or - for standard input; may be repeated",
    )
    parser.add_argument("--strict", action="store_true", help="fail on warnings, too")


def run(given: argparse.Namespace) -> None:
    """Print a line for each mistake, with the place, as the webhook words it."""
    servers = mistakes = advice = 0
    for one in documents(given.file):
        if one.content.get("kind") != KIND:
            continue
        servers += 1
        for line in _mistakes(one):
            mistakes += 1
            print(line)
        for line in _warnings(one):
            advice += 1
            print(line)
    if not servers:
        raise Trouble(f"there is no {KIND} in {', '.join(given.file)}", Code.USAGE)
    wrong = mistakes + (advice if given.strict else 0)
    if wrong:
        raise Trouble(f"{_counted(wrong, 'mistake')} in {_counted(servers, KIND)}")
    them = "it" if servers == 1 else "them"
    print(f"{_counted(servers, KIND)} checked: the cluster would take {them}")


def _mistakes(document: Document) -> Iterator[str]:
    version = text(document.content, "apiVersion")
    if version != f"{GROUP}/{VERSION}":
        yield f"{document.source}:{document.line('apiVersion')}: apiVersion: use {GROUP}/{VERSION}"
        return
    complete = with_defaults(document.content, Runners())
    for one in in_order(problems(complete)):
        yield f"{document.source}:{document.line(one.field)}: {one}"


def _warnings(document: Document) -> Iterator[str]:
    complete = with_defaults(document.content, Runners())
    if problems(complete):
        return
    for one in warnings(complete):
        yield f"{document.source}:{document.line('spec')}: warning: {one}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
