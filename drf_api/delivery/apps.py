from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "delivery"
    label = "outbox"  # the name of its tables, its migrations and its permissions
    default_auto_field = "django.db.models.BigAutoField"
