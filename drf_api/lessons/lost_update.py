"""Pass a key, not an object: an object is a copy, and the copy gets old on its way."""

from django.contrib.auth import get_user_model

from lessons import app


@app.task
def rename_object(fields):
    user = get_user_model()(**fields)
    user.last_name = "Sprout"
    user.save()  # writes every field, as it was when the message was sent


@app.task
def rename_by_key(key):
    user = get_user_model().objects.get(pk=key)
    user.last_name = "Sprout"
    user.save(update_fields=["last_name"])


def main():
    users = get_user_model().objects
    for task in (rename_object, rename_by_key):
        user = users.create_user("lost-update", "old@example.com")
        copy = users.filter(pk=user.pk).values().get()
        sent = task.apply_async(
            [copy if task is rename_object else user.pk], countdown=1
        )
        users.filter(pk=user.pk).update(email="new@example.com")  # in the meantime
        sent.get(timeout=10)
        user.refresh_from_db()
        user.delete()
        print(f"{task.__name__}: {user.last_name}, {user.email}")
