from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "delivery"
    label = "outbox"  # part of the names of tables, migrations and permissions
    default_auto_field = "django.db.models.BigAutoField"
