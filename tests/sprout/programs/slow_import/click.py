"""A substitute for the package click. The import creates $BEGUN and then waits."""

import os
import time
from pathlib import Path

Path(os.environ["BEGUN"]).touch()
time.sleep(60)
