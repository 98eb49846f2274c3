"""The doctor: names the cause and the cure of a broken set-up.

`symptoms` is the registry of ids, `text` recognises a symptom in a traceback or a log,
`machine` and `application` hold the checks, one function each, `checks` runs them, and
`report` prints what they found. The doctor reads: it changes and sends nothing unless
an option asks for it.
"""
