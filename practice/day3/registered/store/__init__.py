"""A store with one task, in the module jobs."""
