from django.forms import ModelForm

from people.models import LEAST, MOST, Batch


class BatchForm(ModelForm):
    """How many users to make."""

    class Meta:
        model = Batch
        fields = ["count"]
        help_texts = {"count": f"From {LEAST} to {MOST}."}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # For the browser; the model's validators are what counts.
        self.fields["count"].widget.attrs |= {"min": LEAST, "max": MOST}
