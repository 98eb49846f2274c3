"""Print the database's time limits for statements and locks."""

from django.db import connection

with connection.cursor() as cursor:
    for limit in ("statement_timeout", "lock_timeout"):
        cursor.execute(f"SHOW {limit}")
        print(cursor.fetchone()[0])
