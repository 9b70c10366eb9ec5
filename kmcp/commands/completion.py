"""`kmcp completion`."""

import argparse

from kmcp.catalogue import COMMANDS

BASH = """_kmcp() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "{words}" -- "$word"))
  fi
}}
complete -o default -F _kmcp kmcp"""
ZSH = """#compdef kmcp
_kmcp() {{
  if (( CURRENT == 2 )); then
    compadd {words}
  else
    _files
  fi
}}
compdef _kmcp kmcp"""
FISH = """complete -c kmcp -n __fish_use_subcommand -f -a "{words}\""""
SHELLS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def declare(parser: argparse.ArgumentParser) -> None:
    """Say which words and flags there are."""
    parser.add_argument("shell", choices=SHELLS, help="which shell")


def run(given: argparse.Namespace) -> None:
    """Print the script."""
    print(SHELLS[given.shell].format(words=" ".join(COMMANDS)))
