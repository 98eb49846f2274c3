from django.db import models


class Order(models.Model):
    email = models.EmailField()


class Outbox(models.Model):
    task = models.CharField(max_length=100)
    args = models.JSONField()
