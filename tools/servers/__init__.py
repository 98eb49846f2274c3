"""Private servers for tests and tools: RabbitMQ, PostgreSQL and nginx."""
