from django import forms
from django.core.validators import RegexValidator

from delivery.queues import matching_queues

PREFIX = "tasks."
# Words and dots; the stars and hashes of a binding have no business in a key.
WORDS = RegexValidator(
    r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\Z",
    "Words of letters, digits, _ and -, with single dots between them.",
)


class JobForm(forms.Form):
    """What to call a job, and how to address it."""

    name = forms.CharField(label="Job name", max_length=100)
    key = forms.CharField(
        label="Routing key",
        max_length=200,  # the protocol allows 255 bytes, prefix included
        validators=[WORDS],
        help_text="A key that begins with “slow.” goes to the slow worker's queue, any "
        "other to the default queue. “tasks.” is put before it.",
    )

    @property
    def routing_key(self) -> str:
        return PREFIX + self.cleaned_data["key"]

    def clean_key(self):
        """Refuse a key that no queue is bound to: a broker drops such messages."""
        key = self.cleaned_data["key"]
        if not matching_queues(PREFIX + key):
            raise forms.ValidationError(
                "No queue matches %(key)s, so the message would be lost.",
                params={"key": PREFIX + key},
            )
        return key
