from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("django_celery_results", "0014_alter_taskresult_status"),
        ("outbox", "0001_initial"),
    ]

    operations = [
        migrations.RenameField("message", "sent_at", "published_at"),
        migrations.AlterField(
            "message",
            "published_at",
            models.DateTimeField(blank=True, null=True, verbose_name="last published"),
        ),
        migrations.AlterField(
            "message",
            "sent",
            models.PositiveSmallIntegerField(default=0, verbose_name="times published"),
        ),
        migrations.AddField(
            "message",
            "publish_error",
            models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            "message",
            "idempotency_key",
            models.CharField(
                blank=True, editable=False, max_length=300, null=True, unique=True
            ),
        ),
        migrations.CreateModel(
            name="FinalResult",
            fields=[],
            options={"proxy": True, "indexes": [], "constraints": []},
            bases=("django_celery_results.taskresult",),
        ),
    ]
