"""Start the webhook: `python -m webhook --help`."""

import os
import sys

from webhook.routes import routes
from webhook.server import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ, routes))
