"""Build the files that run Celery in the reader's browser."""
