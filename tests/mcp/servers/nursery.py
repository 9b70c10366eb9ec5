"""Bears servers that have imported everything already: nursery.py MODULE SOCKET.

An SDK takes longer to import than a test takes to run. Here that happens once; whoever dials the
socket hands over stdin, stdout and stderr, and a copy of this process goes on with them.
"""

import importlib
import os
import signal
import socket
import sys
from types import ModuleType


def main() -> None:
    """Import the module, then listen until somebody ends us."""
    module = importlib.import_module(f"{sys.argv[1]}.__main__")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[2])
    sys.argv[1:] = []
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the copies
    listener.listen(64)
    while True:
        dialled, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            _live(dialled, module)
        dialled.close()


def _live(dialled: socket.socket, module: ModuleType) -> None:
    """Become a server; whoever dialled sees the connection end when we do."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, descriptors, _, _ = socket.recv_fds(dialled, 1, 3)
    for standard, descriptor in enumerate(descriptors):
        os.dup2(descriptor, standard)
        os.close(descriptor)
    # Ours were a file and nothing: what a pipe needs differs.
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w", 1)
    module.main()
    os._exit(0)


if __name__ == "__main__":
    main()
