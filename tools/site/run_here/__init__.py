"""Build the files with which pages run Celery in the reader's browser."""
