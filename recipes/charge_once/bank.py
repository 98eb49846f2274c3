"""A bank that rejects the first request for an order and loses the second response."""

import json
import sys
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

requests = Counter()  # number of requests by order
charges = {}  # maps idempotency keys to orders


class Bank(BaseHTTPRequestHandler):
    def do_POST(self):
        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))[
            "order"
        ]
        requests[order] += 1
        if requests[order] == 1:
            self.answer(503, "try again later")
            return
        charges.setdefault(self.headers["Idempotency-Key"], order)
        if requests[order] == 2:
            return  # charge the card, but close the connection without a response
        time.sleep(3)
        self.answer(200, "charged")

    def do_GET(self):
        self.answer(200, {"requests": requests, "charges": Counter(charges.values())})

    def answer(self, status, content):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Bank)
print("The bank is open.", flush=True)
server.serve_forever()
