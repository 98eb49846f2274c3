from django import template
from django.utils.html import format_html

from taskrunner.states import State

register = template.Library()


@register.simple_tag
def badge(state):
    """Show a state: its label in its colour."""
    state = State(state)
    return format_html('<span class="state {}">{}</span>', state.colour, state.label)
