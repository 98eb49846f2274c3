"""The doctor: names the cause and the cure of a broken set-up.

`symptoms` is the registry of ids, and `text` recognises a symptom in a traceback or a
log. `machine` and `application` hold the checks, one function each; they look at the
broker through `broker` and at code through `source`. `checks` runs the checks, and
`report` prints what they found. The doctor only reads: it changes and sends nothing
unless an option asks for it.
"""
