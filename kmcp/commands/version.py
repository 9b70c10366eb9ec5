"""`kmcp version`."""

import argparse
from importlib.metadata import version


def declare(parser: argparse.ArgumentParser) -> None:
    """Say which words and flags there are."""
    del parser


def run(given: argparse.Namespace) -> None:
    """Print our version."""
    del given
    print(f"kmcp {version('kmcp')}")
