from celery import Celery, Task
from flask import Flask

from shop import views


def create_app():
    app = Flask(__name__)
    app.config.from_object("shop.config")
    app.config.from_prefixed_env()
    app.register_blueprint(views.orders)
    app.extensions["celery"] = make_celery(app)
    return app


def make_celery(app):
    class ContextTask(Task):
        def __call__(self, *args, **kwargs):
            with app.app_context():
                return super().__call__(*args, **kwargs)

    celery = Celery(app.name, task_cls=ContextTask)
    celery.conf.update(app.config["CELERY"])
    celery.set_default()
    return celery
