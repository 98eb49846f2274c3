"""The Django project of these exercises, a shop. Do not change it."""
