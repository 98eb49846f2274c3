from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("workflows", "0005_end")]

    operations = [
        migrations.RemoveConstraint("run", "one_run_for_a_key_of_nobody"),
        migrations.AddConstraint(
            "run",
            models.UniqueConstraint(
                "idempotency_key",
                condition=~Q(idempotency_key="") & Q(owner=None),
                name="one_run_for_an_anonymous_key",
            ),
        ),
    ]
