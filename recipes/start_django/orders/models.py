import uuid

from django.db import models


class Order(models.Model):
    email = models.EmailField()
    mail_id = models.UUIDField(default=uuid.uuid4, editable=False)
