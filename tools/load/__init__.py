"""The application under load: `python -m tools.load --help`."""
