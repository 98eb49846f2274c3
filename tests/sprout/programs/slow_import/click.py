"""A package with a slow import, which creates the file $BEGUN and waits."""

import os
import time
from pathlib import Path

Path(os.environ["BEGUN"]).touch()
time.sleep(60)
