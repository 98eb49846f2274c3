"""Print the database connection's TCP_USER_TIMEOUT in milliseconds."""

import os
import socket

from django.db import connection

connection.ensure_connection()
with socket.socket(fileno=os.dup(connection.connection.fileno())) as wire:
    print(wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT))
