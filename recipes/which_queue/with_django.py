import os

import django
from django_tasks import task  # on Django 6: from django.tasks

import job

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "with_django_settings")


@task
def charge():
    job.charge()


@task
def render():
    job.render()


def send_charge():
    django.setup()
    charge.enqueue()


def send_render():
    django.setup()
    render.enqueue()
