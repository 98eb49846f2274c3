"""Celery in a web page: a broker, a transport, a result backend, a pool.

Each Web Worker of the page has a Python interpreter of its own (Pyodide). One of them
runs the broker. The others run Celery's own worker or a client, and ask the broker
with synchronous requests. Nothing here imports the browser, so that the tests run the
same code with real processes; docs/how-this-site-runs-celery.md explains the whole.
"""
