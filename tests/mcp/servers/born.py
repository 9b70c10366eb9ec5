"""A server out of a nursery, as a command of its own: born.py SOCKET."""

import os
import socket
import sys

with socket.socket(socket.AF_UNIX) as nursery:
    nursery.connect(sys.argv[1])
    socket.send_fds(nursery, [b"."], [0, 1, 2])
    os.closerange(0, 3)  # they are the server's now: it alone decides when they end
    nursery.recv(1)
