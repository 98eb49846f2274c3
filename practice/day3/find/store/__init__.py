"""A store with tasks in several modules."""
