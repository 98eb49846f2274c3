"""Snapshots: what the camera last saw of workers and tasks, as their events tell it."""

from datetime import timedelta

from celery import states
from django.db import models
from django.utils import timezone

from workflows.states import from_celery

SILENT_AFTER = timedelta(seconds=30)  # a worker's heart beats every two


class SeenWorker(models.Model):
    hostname = models.CharField(max_length=255, primary_key=True)
    heard = models.DateTimeField("last heard", db_index=True)
    active = models.PositiveIntegerField("running now", default=0)
    processed = models.PositiveIntegerField("done since its start", default=0)
    pid = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["hostname"]
        verbose_name = "worker snapshot"

    def __str__(self):
        return self.hostname

    @property
    def alive(self) -> bool:
        """Whether it was heard lately."""
        return timezone.now() - self.heard < SILENT_AFTER


class SeenTask(models.Model):
    id = models.CharField("task id", max_length=255, primary_key=True)
    name = models.CharField(max_length=255, blank=True, db_index=True)
    state = models.CharField(
        max_length=20, choices=[(state, state) for state in sorted(states.ALL_STATES)]
    )
    worker = models.CharField(max_length=255, blank=True)
    args = models.TextField(blank=True)
    kwargs = models.TextField(blank=True)
    result = models.TextField(blank=True)
    exception = models.TextField(blank=True)
    traceback = models.TextField(blank=True)
    retries = models.PositiveIntegerField(default=0)
    runtime = models.FloatField("seconds", null=True)
    seen = models.DateTimeField("last event", db_index=True)

    class Meta:
        ordering = ["-seen"]
        verbose_name = "task snapshot"

    def __str__(self):
        return f"{self.name} {self.id}"

    @property
    def our_state(self):
        """Its state in our own words."""
        return from_celery(self.state)
