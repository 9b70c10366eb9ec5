"""Start the command line: `kmcp --help`."""

import sys

from kmcp.program import run


def main() -> None:
    """Do what was asked for, and end with the code that says how it went."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
