from django import forms
from django.core.validators import RegexValidator

from delivery.queues import matching_queues

PREFIX = "tasks."
# Only words and dots: the wildcards * and # belong in bindings, not in routing keys.
WORDS = RegexValidator(
    r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\Z",
    "Enter words of letters, digits, _ and -, with single dots between the words.",
)


class JobForm(forms.Form):
    name = forms.CharField(label="Job name", max_length=100)
    key = forms.CharField(
        label="Routing key",
        max_length=200,  # the protocol allows 255 bytes, including the prefix
        validators=[WORDS],
        help_text="A key that begins with “slow.” goes to the slow queue, any other "
        "key to the default queue. “tasks.” is added before the key.",
    )

    @property
    def routing_key(self) -> str:
        return PREFIX + self.cleaned_data["key"]

    def clean_key(self):
        """Reject a key without a matching binding; the message would be lost."""
        key = self.cleaned_data["key"]
        if not matching_queues(PREFIX + key):
            raise forms.ValidationError(
                "No queue matches %(key)s, so the message would be lost.",
                params={"key": PREFIX + key},
            )
        return key
