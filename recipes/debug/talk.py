"""Send standard input to a debugger, as telnet does: python talk.py PORT."""

import socket
import sys

with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as debugger:
    output = debugger.makefile("r")
    for line in sys.stdin:
        received = ""
        while not received.endswith("(Pdb) "):
            received += output.read(1)
        print(received + line, end="")
        debugger.sendall(line.encode())
