from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.timesince import timesince

from workflows.states import State

register = template.Library()


@register.simple_tag
def badge(state):
    """Return a state's label as HTML in the state's colour."""
    state = State(state)
    return format_html('<span class="state {}">{}</span>', state.colour, state.label)


@register.filter
def rounded(number):
    """Return a number as text, with at most ten significant digits.

    >>> rounded(1 / 3), rounded(2.0), rounded(3), rounded(-1 / 3e12)
    ('0.3333333333', '2.0', '3', '-3.333333333e-13')
    """
    if isinstance(number, int):
        return str(number)
    text = f"{number:.10g}"
    return text if "." in text or "e" in text else f"{text}.0"


@register.filter
def ago(moment):
    """Return the time elapsed since a given time, in the largest unit."""
    if (timezone.now() - moment).total_seconds() < 60:
        return "just now"
    return f"{timesince(moment, depth=1)} ago"
