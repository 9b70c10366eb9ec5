"""Start the reconciler: `python -m reconciler --help`."""

import os
import sys

from reconciler.program import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
