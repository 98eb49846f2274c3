from pathlib import Path

from django.core.management import BaseCommand, CommandError

from backups import dump


class Command(BaseCommand):
    help = (
        "Replaces the database by a backup. Stop the web server, the workers, "
        "beat and the camera first. Without a file it lists the backups."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", type=Path, help="or: latest")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, file, yes, **options):
        there = dump.backups()
        if file is None:
            self.stdout.write("\n".join(map(str, there)) or "There are no backups.")
            return
        if file == Path("latest"):
            if not there:
                raise CommandError("There are no backups.")
            file = there[0]
        if not file.is_file():
            raise CommandError(f"There is no {file}.")
        if not yes and not agreed(f"Replace the database by {file}?"):
            raise CommandError("Nothing was changed.")
        try:
            dump.restore(file.resolve())
        except dump.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Restored {file}.")


def agreed(question: str) -> bool:
    """Ask a question; return whether the answer is y. No answer means no."""
    try:
        return input(f"{question} Its data will be lost [y/N] ").strip().lower() == "y"
    except (EOFError, KeyboardInterrupt):
        print()
        return False
