from django.core.management import BaseCommand, CommandError

from backups import dump


class Command(BaseCommand):
    help = "Writes a backup of the database to BACKUP_DIR."

    def handle(self, **options):
        try:
            self.stdout.write(str(dump.backup()))
        except dump.BackupError as error:
            raise CommandError(str(error)) from error
