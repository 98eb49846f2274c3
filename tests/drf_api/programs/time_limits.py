"""Print the time limits of a statement and of a lock."""

from django.db import connection

with connection.cursor() as cursor:
    for limit in ("statement_timeout", "lock_timeout"):
        cursor.execute(f"SHOW {limit}")
        print(cursor.fetchone()[0])
