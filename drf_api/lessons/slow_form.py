"""A slow form made quick: the view hands what was typed to a task, and answers."""

import time

from django import forms
from django.http import HttpResponse
from django.test import RequestFactory

from lessons import app


class LetterForm(forms.Form):
    name = forms.CharField()
    text = forms.CharField()


@app.task
def send_letter(name, text):
    time.sleep(3)  # a mail server that takes its time
    return f"Dear {name}: {text}"


def slow(request):
    form = LetterForm(request.POST)
    if not form.is_valid():
        return HttpResponse(form.errors, status=400)
    return HttpResponse(send_letter(**form.cleaned_data))


def quick(request):
    form = LetterForm(request.POST)
    if not form.is_valid():
        return HttpResponse(form.errors, status=400)
    sent = send_letter.delay(**form.cleaned_data)
    return HttpResponse(sent.id, status=202)


def main():
    for view in (slow, quick):
        request = RequestFactory().post("/", {"name": "Ada", "text": "it grows"})
        began = time.perf_counter()
        answer = view(request)
        seconds = time.perf_counter() - began
        print(f"{view.__name__}: {answer.status_code} after {seconds:.1f} s")
    letter = app.AsyncResult(answer.text).get(timeout=10)
    print("and the letter went out:", letter)
