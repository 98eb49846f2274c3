"""Celery in a web page: a broker, a transport, a result backend and a pool.

Each Web Worker of the page has its own Python interpreter (Pyodide). One Web Worker
runs the broker. The other Web Workers run Celery's worker or a client, and send
synchronous requests to the broker. The package does not import browser modules, so the
tests can run the same code with real processes. See docs/how-this-site-runs-celery.md.
"""
