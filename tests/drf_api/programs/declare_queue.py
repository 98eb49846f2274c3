"""Declare a queue on the broker."""

from delivery.broker import broker

with broker(5) as connection:
    connection.default_channel.queue_declare("asked")
    print("answered")
