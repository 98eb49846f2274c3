"""Talk to a debugger, as telnet does: python talk.py PORT, lines on standard input."""

import socket
import sys

with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as debugger:
    said = debugger.makefile("r")
    for line in sys.stdin:
        seen = ""
        while not seen.endswith("(Pdb) "):
            seen += said.read(1)
        print(seen + line, end="")
        debugger.sendall(line.encode())
