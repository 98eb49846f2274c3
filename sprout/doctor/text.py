"""Recognise symptoms in a pasted traceback or log."""

import re
from collections import Counter

from sprout.doctor.symptoms import BY_ID, SYMPTOMS, Symptom

RAN = re.compile(r"Task \S+\[([0-9a-f-]{36})\] succeeded")


def diagnose(text: str) -> list[Symptom]:
    """Return the symptoms in text, most likely first.

    >>> [symptom.id for symptom in diagnose("Error: No such option '-A'.")]
    ['SPR009']
    """
    places = {}
    for symptom in SYMPTOMS:
        found = [re.search(pattern, text) for pattern in symptom.patterns]
        starts = [match.start() for match in found if match]
        if starts:
            places[symptom.id] = min(starts)
    if twice := ran_twice(text):
        places["SPR017"] = text.index(twice)
    general = {other for id in places for other in BY_ID[id].consequences}
    order = sorted(places, key=lambda id: (id in general, places[id]))
    return [BY_ID[id] for id in order]


def ran_twice(text: str) -> str | None:
    """Return the id of the first task that ran twice in a log, or None if none did."""
    for task_id, times in Counter(RAN.findall(text)).items():
        if times > 1:
            return str(task_id)
    return None
