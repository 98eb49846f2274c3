"""What the site's pages need to run Celery in the reader's browser."""
