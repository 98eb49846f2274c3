"""Configure JupyterLab for `make lab`. `jupyter lab --help-all` lists all settings.

The root folder is the repository, so that you can open a day's files next to its
notebook.
"""

import os
from pathlib import Path

from sprout.environment import clean

HERE = Path(__file__).resolve().parent

clean(os.environ)  # the kernels inherit the environment
os.environ.pop("MPLBACKEND", None)  # draw pictures in the notebook

# The notebooks' kernel uses this Python and replaces some tracebacks with a sentence.
os.environ["JUPYTER_PATH"] = str(HERE)
# labconfig/ disables the news, follows the system's colour scheme, and shuts down the
# kernel of a closed tab.
os.environ["JUPYTER_CONFIG_PATH"] = str(HERE)

c = get_config()  # noqa: F821  Jupyter defines get_config

c.ServerApp.ip = "127.0.0.1"
c.ServerApp.root_dir = str(HERE.parent)
c.LabApp.default_url = "/lab/tree/notebooks"
c.LabApp.extension_manager = "readonly"  # do not download the list of extensions
# Stop kernels that are idle for ten minutes and have no connected browser.
c.MappingKernelManager.cull_idle_timeout = 600
c.MappingKernelManager.cull_interval = 60
