from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.timesince import timesince

from workflows.states import State

register = template.Library()


@register.simple_tag
def badge(state):
    """Show a state: its label in its colour."""
    state = State(state)
    return format_html('<span class="state {}">{}</span>', state.colour, state.label)


@register.filter
def ago(moment):
    """Say how long ago it was, roughly."""
    if (timezone.now() - moment).total_seconds() < 60:
        return "just now"
    return f"{timesince(moment, depth=1)} ago"
