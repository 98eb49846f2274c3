from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workflows", "0002_tries")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="watched",
            field=models.BooleanField(default=True),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                fields=["created_at"],
                condition=models.Q(watched=True),
                name="watched_runs",
            ),
        ),
    ]
