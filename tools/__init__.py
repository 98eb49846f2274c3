"""Build and measure Sprout: set-up, site, servers, benchmarks, faults, load."""
