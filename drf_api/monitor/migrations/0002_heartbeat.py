from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitor", "0001_initial")]

    operations = [
        migrations.RenameField("seenworker", "heard", "heartbeat"),
        migrations.AlterField(
            "seenworker",
            "heartbeat",
            models.DateTimeField(db_index=True, verbose_name="last heartbeat"),
        ),
        migrations.AlterField(
            "seenworker",
            "processed",
            models.PositiveIntegerField(
                default=0, verbose_name="finished since its start"
            ),
        ),
    ]
