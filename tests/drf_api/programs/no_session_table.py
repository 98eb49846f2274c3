"""Send a session cookie while the database has no tables, and print the status."""

from django.test import Client

client = Client(raise_request_exception=False, headers={"host": "sprout.example"})
client.cookies["sessionid"] = 32 * "x"
print(client.get("/api/runs/", secure=True).status_code)
