"""A bakery with three modules that define tasks."""
