"""What builds and measures Sprout: set-up, site, servers, benchmarks, faults, load."""
