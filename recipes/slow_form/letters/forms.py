from django import forms


class LetterForm(forms.Form):
    name = forms.CharField()
    text = forms.CharField()
