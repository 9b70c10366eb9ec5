"""Install what the tests against other people's MCP software need: python -m tests.mcp.prepare."""

import sys

from tests.mcp.foreign import ALL


def main() -> None:
    """Install what is missing, and say where everything is."""
    for packages in ALL:
        folder = packages.ready(say=lambda line: print(line, file=sys.stderr, flush=True))
        print(f"{packages.name}: {folder}")


if __name__ == "__main__":
    main()
