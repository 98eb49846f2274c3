"""Write a backup with the file size limited to 64 kB."""

import resource

from django.core.management import execute_from_command_line

resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, resource.RLIM_INFINITY))
execute_from_command_line(["manage.py", "backup"])
