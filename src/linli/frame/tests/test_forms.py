"""Forms in house style: errors are found, linked and read out with their field."""

from __future__ import annotations

import re

from django import forms
from django.utils import translation


class Form(forms.Form):
    title = forms.CharField(label="Title", max_length=20, help_text="Short <b>words</b>")
    text = forms.CharField(label="Text", max_length=400, required=False, widget=forms.Textarea)
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(label="Agreed", required=False)
    photo = forms.FileField(label="Photo", required=False)
    secret = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self):
        if self.data.get("secret") == "bad":
            raise forms.ValidationError("The two do not go together.")
        return self.cleaned_data


def draw(data=None) -> str:
    with translation.override("en"):
        return str(Form(data))


def test_a_control_is_described_by_its_help_and_its_error():
    html = draw({"title": "x" * 30, "kind": "a"})
    described = re.search(r'<input[^>]*name="title"[^>]*aria-describedby="([^"]+)"', html)[1].split()
    assert described == ["id_title_helptext", "id_title_error"]
    for name in described:
        assert f'id="{name}"' in html
    assert re.search(r'<input[^>]*name="title"[^>]*aria-invalid="true"', html)


def test_the_summary_links_each_error_to_its_field():
    html = draw({"title": "", "kind": ""})
    assert "2 things need mending" in html
    assert 'href="#id_title"' in html
    targets = re.findall(r'href="#([^"]+)"', html)
    assert all(f'id="{t}"' in html for t in targets)


def test_errors_of_the_form_as_a_whole_are_in_the_summary():
    assert "The two do not go together." in draw({"title": "x", "kind": "a", "secret": "bad"})


def test_a_fresh_form_has_no_summary():
    assert "need" not in draw()
    assert 'role="alert"' not in draw()


def test_choices_stand_in_a_fieldset_with_a_legend():
    html = draw()
    assert re.search(r"<fieldset.*?<legend>\s*Kind.*?type=\"radio\".*?</fieldset>", html, re.S)


def test_long_text_tells_how_much_fits_and_short_text_does_not():
    html = draw()
    assert 'data-count="id_text" data-most="400"' in html
    assert 'data-count="id_title"' not in html


def test_optional_fields_say_so_and_required_ones_need_not():
    html = draw()
    assert re.search(r"Text\s*<span class=\"optional\">", html)
    assert not re.search(r"Title\s*<span class=\"optional\">", html)


def test_every_label_belongs_to_a_control():
    html = draw()
    for target in re.findall(r'<label[^>]*for="([^"]+)"', html):
        assert f'id="{target}"' in html


def test_what_the_user_typed_is_escaped_everywhere():
    html = draw({"title": "<script>alert(1)</script>", "kind": "<b>"})
    assert "<script>" not in html
    assert "&lt;b&gt;" in html or "<b> is" not in html
