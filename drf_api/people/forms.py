from django.forms import ModelForm

from people.models import LEAST, MOST, Batch


class BatchForm(ModelForm):
    class Meta:
        model = Batch
        fields = ["count"]
        help_texts = {"count": f"From {LEAST} to {MOST}."}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # For the browser only; the model's validators enforce these limits.
        self.fields["count"].widget.attrs |= {"min": LEAST, "max": MOST}
