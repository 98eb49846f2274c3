"""Print the responses to an anonymous client in production."""

from django.conf import settings
from django.core.management import call_command
from django.test import Client

call_command("migrate", verbosity=0)
settings.STORAGES["staticfiles"]["BACKEND"] = (  # collectstatic has not run
    "django.contrib.staticfiles.storage.StaticFilesStorage"
)
client = Client(headers={"host": "sprout.example", "accept": "text/html,*/*"})
insecure = client.get("/")
print(insecure.status_code, insecure["Location"])
pages = ["/", "/runs/", "/api/", "/login/", "/admin/login/"]
for path in [*pages, "/api/runs/", "/api/workflows/", "/api/schema/"]:
    print(path, client.get(path, secure=True).status_code)
print(client.get("/login/", secure=True)["Strict-Transport-Security"])
