"""A store: its tasks are in modules of several folders."""
