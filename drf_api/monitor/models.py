"""Snapshots of workers and tasks, which the camera writes."""

from datetime import timedelta

from celery import states
from django.db import models
from django.utils import timezone

from workflows.states import from_celery

SILENT_AFTER = timedelta(seconds=30)  # workers send a heartbeat every two seconds


class SeenWorker(models.Model):
    hostname = models.CharField(max_length=255, primary_key=True)
    heartbeat = models.DateTimeField("last heartbeat", db_index=True)
    active = models.PositiveIntegerField("running now", default=0)
    processed = models.PositiveIntegerField("finished since its start", default=0)
    pid = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["hostname"]
        verbose_name = "worker snapshot"

    def __str__(self):
        return self.hostname

    @property
    def alive(self) -> bool:
        return timezone.now() - self.heartbeat < SILENT_AFTER


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
    def display_state(self):
        """The state, as named on the application's pages."""
        return from_celery(self.state)
