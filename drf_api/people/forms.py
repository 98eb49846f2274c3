from django.forms import ModelForm

from people.models import LEAST, MOST, Batch


class BatchForm(ModelForm):
    """The number of users to create."""

    class Meta:
        model = Batch
        fields = ["count"]
        help_texts = {"count": f"From {LEAST} to {MOST}."}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # The browser checks these limits, too. The model's validators enforce them.
        self.fields["count"].widget.attrs |= {"min": LEAST, "max": MOST}
