from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workflows", "0003_watched")]

    operations = [
        migrations.AddField(
            "step",
            "begun_at",
            models.DateTimeField(blank=True, null=True, verbose_name="last begun"),
        ),
        migrations.AlterField(
            "step",
            "tries",
            models.PositiveSmallIntegerField(default=0, verbose_name="times begun"),
        ),
        migrations.AlterField(
            "run",
            "published_at",
            models.DateTimeField(blank=True, null=True, verbose_name="last published"),
        ),
        migrations.AlterField(
            "run",
            "sent",
            models.PositiveSmallIntegerField(default=0, verbose_name="times published"),
        ),
    ]
