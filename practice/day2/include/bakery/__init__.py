"""A bakery: three modules with tasks."""
