"""A supplier's price list with a different response for each product."""

import json
import sys
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

requests = Counter()  # number of requests by path


class Supplier(BaseHTTPRequestHandler):
    def do_GET(self):
        requests[self.path] += 1
        first = requests[self.path] == 1
        match self.path:
            case "/tea":
                self.answer(503 if first else 200)
            case "/coffee":
                self.answer(429 if first else 200, {"Retry-After": "2"})
            case "/milk":
                self.answer(503)
            case "/requests":
                self.answer(200, content=json.dumps(requests, sort_keys=True))
            case _:
                self.answer(404)

    def answer(self, status, headers=None, content="3.50"):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content.encode() if status == 200 else b"")

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Supplier)
print("The supplier is open.", flush=True)
server.serve_forever()
