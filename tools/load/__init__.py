"""Put the application under load: see `python -m tools.load --help`."""
