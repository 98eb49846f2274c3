"""Celery in a web page: a broker, a transport, a result backend and a pool.

Each Web Worker of the page has its own Python interpreter (Pyodide). One Web Worker
runs the broker. The other Web Workers run Celery's worker or a client, and send
synchronous requests to the broker. In tests, real processes run the same code. See
docs/how-this-site-runs-celery.md.
"""
