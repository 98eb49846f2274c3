"""The tables of the shop."""

from django.db import models


class Order(models.Model):
    customer = models.CharField(max_length=100)
    cents = models.IntegerField(default=0)
    charged = models.BooleanField(default=False)
    mailed = models.BooleanField(default=False)

    class Meta:
        app_label = "shop"

    def __str__(self) -> str:
        return f"order {self.pk} of {self.customer}"


class Charge(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
    cents = models.IntegerField()

    class Meta:
        app_label = "shop"


class Article(models.Model):
    name = models.CharField(max_length=100)
    stock = models.IntegerField()

    class Meta:
        app_label = "shop"


class Report(models.Model):
    task_id = models.CharField(max_length=36, unique=True)

    class Meta:
        app_label = "shop"
