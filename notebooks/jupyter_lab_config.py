"""How `make lab` runs JupyterLab; `jupyter lab --help-all` lists what can be set.

The folder is the repository, so that a day's files can be opened beside its notebook.
"""

import os
from pathlib import Path

from sprout.environment import clean

HERE = Path(__file__).resolve().parent

clean(os.environ)  # the kernels inherit it
os.environ.pop("MPLBACKEND", None)  # pictures are drawn in the notebook

# The notebooks' own kernel: this Python, and a sentence in place of some tracebacks.
os.environ["JUPYTER_PATH"] = str(HERE)
# labconfig/: no news; light or dark as the system is; a tab takes its kernel with it.
os.environ["JUPYTER_CONFIG_PATH"] = str(HERE)

c = get_config()  # noqa: F821  Jupyter calls this file with it

c.ServerApp.ip = "127.0.0.1"
c.ServerApp.root_dir = str(HERE.parent)
c.LabApp.default_url = "/lab/tree/notebooks"
c.LabApp.extension_manager = "readonly"  # it would fetch a list
# Minutes after the browser has gone, so do the kernels and what they have started.
c.MappingKernelManager.cull_idle_timeout = 600
c.MappingKernelManager.cull_interval = 60
