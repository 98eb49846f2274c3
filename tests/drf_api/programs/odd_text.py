"""Send text that PostgreSQL cannot store, such as NUL, and print all 5xx responses."""

import json

from django.conf import settings
from django.core.cache import cache
from django.test import Client

# Each login hashes a password, and Django's default hasher is slow by design.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
client = Client(raise_request_exception=False, headers={"host": "localhost"})
form = {
    "/": {"testcase": "ESG-TC02", "job_data": '{"div": [4, 2], "mul": [3]}'},
    "/runs/start/": {"testcase": "ESG-TC02", "div": [4, 2], "mul": 3},
    "/jobs/": {"name": "letters", "key": "mail"},
    "/people/new/": {"count": 50},
    "/login/": {"username": "ada", "password": "word", "next": "/"},
    "/admin/login/": {"username": "ada", "password": "word", "next": "/"},
}
form["/api/runs/"] = form["/"]
query = {
    "/": ["task_list"],
    "/api/runs/": ["state", "testcase", "created_after", "created_before", "cursor"],
    "/runs/": ["state", "page"],
    "/people/": ["batch", "page"],
    "/jobs/active/": ["polls"],
    "/login/": ["next"],
}
odd = ["a\0b", "%ED%A0%80", "\U0001f4a5" * 99, "9" * 5000]
lists = [json.dumps([text]) for text in ["a\0b", "\ud800"]]


def send(method, path, *args, **kwargs):
    cache.clear()  # the counts of the throttles
    answer = getattr(client, method)(path, *args, **kwargs)
    if answer.status_code >= 500:
        print(answer.status_code, method, path, args, kwargs)


for path, fields in form.items():
    for field in fields:
        for text in odd:
            send("post", path, {**fields, field: text})
        if path not in ("/", "/api/runs/"):  # pages do not accept JSON
            continue
        for text in ["a\0b", "\ud800", ["\0"], {"\0": "\ud800"}]:
            body = json.dumps({**fields, field: text})
            send("post", path, body, content_type="application/json")
for path, names in query.items():
    for name in names:
        for text in [*odd, *lists]:
            send("get", path, {name: text})
for text in odd[1:]:  # web servers reject NUL in headers
    text = text.encode().decode("latin-1")
    send("post", "/api/runs/", form["/"], headers={"Idempotency-Key": text})
    send("get", "/api/runs/", headers={"Authorization": "Token " + text})
    send("get", "/runs/", headers={"Cookie": "sessionid=" + text})
for cookie in ("sessionid", "csrftoken", "messages"):  # Django decodes \000 to NUL
    # Newer versions of Python reject such cookies in client.cookies.
    for path in query:
        send("get", path, headers={"Cookie": rf'{cookie}="abcdefgh\000ijkl"'})
print("done")
