from pathlib import Path

from django.core.management import BaseCommand, CommandError

from backups import dump


class Command(BaseCommand):
    help = (
        "Replaces the database with a backup. Stop the web server, the workers, "
        "beat and the camera first. Without a file, lists the backups."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", type=Path, help="a path, or latest")
        parser.add_argument(
            "--yes", action="store_true", help="restore without confirmation"
        )

    def handle(self, file, yes, **options):
        existing = dump.backups()
        if file is None:
            self.stdout.write("\n".join(map(str, existing)) or "There are no backups.")
            return
        if file == Path("latest"):
            if not existing:
                raise CommandError("There are no backups.")
            file = existing[0]
        if not file.is_file():
            raise CommandError(f"{file} does not exist.")
        if not yes and not confirmed(f"Replace the database with {file}?"):
            raise CommandError("Nothing was changed.")
        try:
            dump.restore(file.resolve())
        except dump.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Restored {file}.")


def confirmed(question: str) -> bool:
    """Ask for confirmation, and return True if the answer is "y".

    End of input and Ctrl-C count as "n".
    """
    try:
        answer = input(f"{question} The current data will be lost [y/N] ")
        return answer.strip().lower() == "y"
    except (EOFError, KeyboardInterrupt):
        print()
        return False
