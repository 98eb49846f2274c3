"""The doctor, which names the cause of a broken set-up and the cure.

`symptoms` is the registry of symptoms, and `text` recognises symptoms in a traceback or
a log. `machine` and `application` contain the checks, which inspect the broker through
`broker` and source code through `source`. `checks` runs the checks, and `report` prints
their findings. Without `--fix` and `--ask-workers`, the doctor changes no file and
sends no message.
"""
