from django.db import migrations, models

# Store the final states of the runs that are no longer watched, like settle().
WITH = """EXISTS (
    SELECT 1 FROM workflows_step AS step
    JOIN django_celery_results_taskresult AS result ON result.task_id = step.task_id
    WHERE step.run_id = workflows_run.id AND result.status = '{}')"""
SETTLE = f"""UPDATE workflows_run SET ended_as = CASE
    WHEN publish_error <> '' OR {WITH.format("FAILURE")} THEN 'failed'
    WHEN {WITH.format("REVOKED")} THEN 'cancelled'
    WHEN cancel_requested_at IS NOT NULL AND published_at IS NULL THEN 'cancelled'
    ELSE 'succeeded' END
WHERE NOT watched"""  # noqa: S608


class Migration(migrations.Migration):
    dependencies = [
        ("workflows", "0004_claims"),
        ("django_celery_results", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelOptions("step", {"ordering": ["position"]}),
        migrations.AddField(
            "run",
            "ended_as",
            models.CharField(blank=True, default="", editable=False, max_length=10),
            preserve_default=False,
        ),
        migrations.RunSQL(SETTLE, migrations.RunSQL.noop),
        migrations.RemoveIndex("run", "watched_runs"),
        migrations.RemoveField("run", "watched"),
        migrations.AddIndex(
            "run", models.Index("ended_as", "created_at", name="runs_by_end")
        ),
        migrations.AddIndex(
            "run", models.Index("testcase", "created_at", name="runs_by_testcase")
        ),
    ]
