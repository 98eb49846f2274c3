"""Receive OpenTelemetry spans and Sentry events, and print them as text."""

import gzip
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

spans = []


class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        self.send_response(200)
        self.end_headers()
        if self.path == "/v1/traces":
            sent = trace_service_pb2.ExportTraceServiceRequest.FromString(body)
            for resource in sent.resource_spans:
                for scope in resource.scope_spans:
                    spans.extend(scope.spans)
        else:  # a Sentry envelope consists of lines of JSON
            for event in map(json.loads, body.splitlines()):
                if "exception" in event:
                    show(event)

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write("".join(tree(b"", 0)).encode())

    def log_message(self, *args):
        pass


def show(event):
    error, job = event["exception"]["values"][-1], event["extra"]["celery-job"]
    print(f"{job['task_name']}: {error['type']}: {error['value']}", job["args"])


def tree(parent, depth):
    for span in sorted(spans, key=lambda span: span.start_time_unix_nano):
        if span.parent_span_id == parent:
            error = " ERROR" if span.status.code == 2 else ""
            yield f"{'  ' * depth}{span.name}{error}\n"
            yield from tree(span.span_id, depth + 1)


print("The collector is open.")
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Collector).serve_forever()
