"""The shop, the Django project of these exercises. Do not change its files."""
