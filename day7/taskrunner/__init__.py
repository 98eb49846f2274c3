from taskrunner.celery import app

__all__ = ["app"]
