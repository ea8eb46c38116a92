"""The forms of acts on one matter: the step's own, and those besides it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.access.scope import scope_of
from linli.bodies.models import Seat
from linli.charter.schema import LEVELS
from linli.flow import words
from linli.flow.procedure import Offer
from linli.frame.templatetags.linli import named
from linli.frame.uploads import DocumentsField, PhotosField
from linli.matters.acts import Situation
from linli.matters.choices import SEAT_AT, give_choices
from linli.matters.disputes import BODY, CONFIRM
from linli.matters.disputes.terms import end_of
from linli.matters.forms import AskForm, CategoryField, CorrectForm, PublicForm, ReasonForm, VoiceForm
from linli.matters.joinforms import LinkForm, MergeForm, OutsideForm, SplitForm, TransferForm, UnlinkForm
from linli.places.codes import called_at

LONG = forms.Textarea(attrs={"rows": 3})
FILES = {"photo", "document"}


class StepForm(forms.Form):
    """One outcome of the present step: the evidence the charter asks for, a "?" making it optional, and what a matter owes besides."""

    def __init__(self, *args: Any, situation: Situation, offer: Offer, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", offer.outcome)
        super().__init__(*args, **kwargs)
        self.situation, self.offer = situation, offer
        step = situation.step
        assert step is not None
        wanted = {need.rstrip("?"): not need.endswith("?") for need in step.needs} if "reason" not in offer.needs else {}
        for need in offer.needs:
            wanted[need] = True
        if situation.work.state.parts:
            wanted.setdefault("reason", False)
        for need, required in wanted.items():
            self._add(need, required)
        if step.action == "accept" and offer.outcome == "accepted":
            self.fields["category"] = CategoryField(empty=_("Choose"), help_text=_("It decides who handles the matter and until when."))
            self.initial.setdefault("category", situation.matter.category or situation.work.state.kind)
        if offer.outcome == "dispatched":
            back = situation.sent_back
            self.fields["level"] = forms.ChoiceField(
                label=pgettext_lazy("post", "To"), choices=self._levels(back), required=False, widget=forms.RadioSelect,
                help_text=_("It was sent back: choose whom it goes to now.") if back else "",
            )  # fmt: skip
            if not back:
                self.initial.setdefault("level", "")
            if departments := department_seats(situation):
                self.fields["department"] = SeatField(
                    label=_("Or to a department that the category doesn't name"), choices=[("", "–"), *departments], required=False
                )
        target = situation.work.procedure.steps.get(offer.to)
        if target is not None and target.within == "agreed" and target.id != CONFIRM:
            self.fields["until"] = forms.DateField(
                label=_("Look at it again on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                help_text=_("Left empty: the next day on which something is due."),
            )  # fmt: skip
        if "photo" in wanted and situation.matter.is_public:
            self.fields["show_photos"] = forms.BooleanField(
                label=_("Show these photos to the public: no faces, no number plates, no door numbers in them"), required=False
            )

    def _add(self, need: str, required: bool) -> None:
        label = words.EVIDENCE.get(need, need)
        if need == "photo":
            self.fields["photos"] = PhotosField(label=label, required=required)
        elif need == "document":
            self.fields["documents"] = DocumentsField(label=label, required=required)
        else:
            public = need == "answer" and self.situation.matter.is_public
            help_text = _("Everybody can read this. No names, telephone numbers or dwellings.") if public else ""
            self.fields[need] = forms.CharField(label=label, required=required, max_length=2000, widget=LONG, help_text=help_text)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "level" in self.fields and not self.errors:
            if data.get("department") and data.get("level"):
                self.add_error("department", forms.ValidationError(_("Choose one of the two."), code="both"))
            elif self.situation.sent_back and not (data.get("department") or data.get("level")):
                self.add_error("level", forms.ValidationError(_("It was sent back: choose whom it goes to now."), code="choose_anew"))
        return data

    @property
    def chosen(self) -> dict[str, Any] | None:
        """Whom a dispatch names: the level on the category's route, or a seat. None: as the category says."""
        if department := self.cleaned_data.get("department"):
            return {"seat": department}
        return {"level": level} if (level := self.cleaned_data.get("level")) else None

    def _levels(self, back: bool) -> list[tuple[str, Any]]:
        """Whom the category's route names, level by level; the usual one first, or last where it was sent back by it (``back``)."""
        work = self.situation.work
        route = work.world.kind.route
        usual = words.post_name(work.charter, route[level]) if (level := work.state.level) in route else ""
        first = ("", _("as the category says: %(post)s") % {"post": usual} if usual else _("as the category says"))
        others = [(at, f"{words.post_name(work.charter, post)} ({words.LEVELS.get(at, at)})") for at, post in route.items() if at != level]
        if back:
            return [*others, (level, _("%(post)s again, who sent it back") % {"post": usual})] if usual else others
        return [first, *others]

    def clean_until(self) -> date | None:
        day: date | None = self.cleaned_data["until"]
        if day is not None and not timezone.localdate() <= day <= timezone.localdate() + timedelta(days=1100):
            raise forms.ValidationError(_("Choose a day from today on, within three years."), code="day")
        return day

    @property
    def until(self) -> datetime | None:
        """By when the next step is due, where that is chosen: the end of the day."""
        day = self.cleaned_data.get("until")
        return end_of(day) if day else None

    @property
    def texts(self) -> dict[str, str]:
        """Written evidence by name."""
        known = {"photos", "documents", "category", "level", "department", "show_photos", "until"}
        return {name: value for name, value in self.cleaned_data.items() if name not in known}


class ExtendForm(ReasonForm):
    days = forms.IntegerField(label=_("How many working days more?"), min_value=1, max_value=30)
    field_order = ["days", "reason"]


class SuspendForm(ReasonForm):
    until = forms.DateField(label=_("Look at it again on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    field_order = ["until", "reason"]

    def clean_until(self) -> datetime:
        day: date = self.cleaned_data["until"]
        if not timezone.localdate() < day <= timezone.localdate() + timedelta(days=366):
            raise forms.ValidationError(_("Choose a day after today, within a year."), code="day")
        return timezone.make_aware(datetime.combine(day, time(9, 0)))


class DecideForm(ReasonForm):
    grant = forms.ChoiceField(label=_("Decision"), choices=[("yes", _("grant")), ("no", _("refuse"))], widget=forms.RadioSelect)
    field_order = ["grant", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, required=False, **kwargs)
        self.fields["reason"].help_text = _("Needed for a refusal.")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("grant") == "no" and not data.get("reason", "").strip():
            self.add_error("reason", forms.ValidationError(_("Say why."), code="required"))
        return data


class SuperviseForm(forms.Form):
    task = forms.CharField(label=_("What has to be answered or done?"), max_length=1000, widget=LONG)
    days = forms.IntegerField(label=_("Within how many working days?"), min_value=1, max_value=30, initial=2)


class AccountForm(forms.Form):
    answer = forms.CharField(
        label=_("Answer"), max_length=2000, widget=LONG, help_text=_("Why it is late, how far it is, and when it will be done.")
    )


class JudgeForm(ReasonForm):
    accept = forms.ChoiceField(label=_("Decision"), choices=[("yes", _("accept")), ("no", _("send back"))], widget=forms.RadioSelect)
    days = forms.IntegerField(
        label=_("Sent back: again within how many working days?"), min_value=1, max_value=30, initial=1, required=False
    )
    field_order = ["accept", "days", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, required=False, **kwargs)
        self.fields["reason"].help_text = _("Needed to send it back.")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("accept") == "no" and not data.get("reason", "").strip():
            self.add_error("reason", forms.ValidationError(_("Say why."), code="required"))
        return data


class LiftForm(ReasonForm):
    """Taking back what presses on the work: the supervision under way, or the naming in a notice."""

    what = forms.ChoiceField(
        label=_("What is lifted?"), widget=forms.RadioSelect,
        choices=[("order", _("the supervision")), ("notice", _("the naming in a notice"))],
    )  # fmt: skip
    field_order = ["what", "reason"]

    def __init__(self, *args: Any, situation: Situation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(value, label) for value, label in LiftForm.base_fields["what"].choices if value in situation.lifts]  # type: ignore[attr-defined]
        give_choices(self, "what", choices)
        if choices:
            self.initial.setdefault("what", choices[0][0])


class ReceiptForm(DecideForm):
    """Whoever the work is handed over to takes it over, or sends it back and says why."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        give_choices(self, "grant", [("yes", _("take it over: from now on it is ours")), ("no", _("send it back"))])
        self.fields["reason"].help_text = _("Needed where it is sent back.")


class PartForm(forms.Form):
    result = forms.CharField(label=_("What was done"), max_length=2000, widget=LONG)
    photos = PhotosField(required=False)


class SeatField(forms.TypedChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=int, empty_value=None, **kwargs)


class JoinForm(forms.Form):
    seats = forms.TypedMultipleChoiceField(label=_("Whom"), coerce=int, widget=forms.CheckboxSelectMultiple)
    task = forms.CharField(label=_("Task"), max_length=1000, widget=LONG)
    days = forms.IntegerField(label=_("Within how many working days?"), min_value=1, max_value=30, initial=2)

    def __init__(self, *args: Any, situation: Situation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        give_choices(self, "seats", join_seats(situation))


class ReassignForm(ReasonForm):
    seat = SeatField(label=pgettext_lazy("post", "To"))
    field_order = ["seat", "reason"]

    def __init__(self, *args: Any, situation: Situation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        give_choices(self, "seat", [("", _("Choose")), *sibling_seats(situation)])


class HandoverForm(ReasonForm):
    seat = SeatField(label=_("Hand over to"))
    field_order = ["seat", "reason"]

    def __init__(self, *args: Any, situation: Situation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        give_choices(self, "seat", [("", _("Choose")), *handover_seats(situation)])
        self.fields["reason"].label = _("Why, and what goes with it")
        self.fields["reason"].help_text = _("What was done so far, and which papers of the file go with it. No names.")


class AttachForm(forms.Form):
    photos = PhotosField(required=False)
    documents = DocumentsField(required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not data.get("photos") and not data.get("documents"):
            self.add_error("photos", forms.ValidationError(_("Choose at least one file."), code="required"))
        return data


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Remark"), max_length=1000, widget=LONG, help_text=_("For staff who see this matter. It stays in the history.")
    )


def _named(situation: Situation, seats: Any, *, skip: set[int]) -> list[tuple[int, str]]:
    charter = situation.work.charter
    acting = {p.id for p in charter.posts.values() if "flow.act" in p.abilities}
    rows = seats.filter(post__in=acting).exclude(pk__in=skip).order_by("path", "post").values_list("pk", "post", *SEAT_AT)
    return [(pk, f"{named(charter.posts[post].name)} · {called_at(*at)}") for pk, post, *at in rows[:300]]


def _busy(situation: Situation) -> set[int]:
    state = situation.work.state
    return {s for s in (state.owner, *(p.seat for p in state.parts)) if s is not None}


def department_seats(situation: Situation) -> list[tuple[int, str]]:
    """Seats of departments over the matter's place that its category doesn't name. One query."""
    work = situation.work
    own = {p.id for p in work.charter.posts.values() if p.reach == "own"} - set(work.world.kind.route.values())
    return _named(situation, Seat.objects.filter(post__in=own, path__ancestors=str(situation.matter.path)), skip=set())


def join_seats(situation: Situation) -> list[tuple[int, str]]:
    """Seats that could assist: those over the matter's place, grid to district. One query."""
    return _named(situation, Seat.objects.filter(path__ancestors=str(situation.matter.path)), skip=_busy(situation))


def handover_seats(situation: Situation) -> list[tuple[int, str]]:
    """Seats the work could be handed over to: of mediation committees, and of the category's route from the present level up. One query."""
    charter, kind = situation.work.charter, situation.work.world.kind
    committees = {p.id for p in charter.posts.values() if charter.bodies[p.body].kind == BODY}
    upwards = LEVELS[: LEVELS.index(situation.work.state.level) + 1]
    route = {post for level, post in kind.route.items() if level in upwards}
    seats = Seat.objects.filter(path__ancestors=str(situation.matter.path), post__in=committees | route)
    return _named(situation, seats, skip=_busy(situation))


def sibling_seats(situation: Situation) -> list[tuple[int, str]]:
    """Seats of the same level the work could move to, within the places over which the user moves work. One query."""
    work = situation.work
    owner = work.seats.post_of(work.state.owner) if work.state.owner else ""
    level = work.charter.posts[owner].level if owner in work.charter.posts else work.state.level
    same = [p.id for p in work.charter.posts.values() if p.level == level]
    reach = scope_of(situation.user).paths("flow.assign")
    skip = {work.state.owner} if work.state.owner else set()
    return _named(situation, Seat.objects.filter(post__in=same, path__descends=reach), skip=skip)


Build = Callable[[Situation, dict[str, Any]], forms.Form]


def _plain(form: type[forms.Form], **more: Any) -> Build:
    return lambda situation, given: form(**more, **given)


def _decide(situation: Situation, given: dict[str, Any]) -> forms.Form:
    ask = situation.work.state.ask
    return (ReceiptForm if ask is not None and ask.what == "handover" else DecideForm)(**given)


def _situated(form: Callable[..., forms.Form]) -> Build:
    return lambda situation, given: form(situation=situation, **given)


def _correct(situation: Situation, given: dict[str, Any]) -> forms.Form:
    matter = situation.matter
    initial = {"title": matter.title, "category": matter.category, "place": matter.place.code, "address": matter.address}
    return _Correct(initial=initial, within=scope_of(situation.user).paths("matter.intake"), **given)


class _Correct(CorrectForm, ReasonForm):
    pass


def _public(situation: Situation, given: dict[str, Any]) -> forms.Form:
    return PublicForm(initial={"public": "yes" if situation.matter.is_public else "no"}, **given)


FORMS: dict[str, Build] = {
    "decide": _decide,
    "recall": _plain(ReasonForm, required=False),
    "part": _plain(PartForm),
    "account": _plain(AccountForm),
    "judge": _plain(JudgeForm),
    "extend": _plain(ExtendForm),
    "suspend": _plain(SuspendForm),
    "resume": _plain(ReasonForm, required=False),
    "join": _situated(JoinForm),
    "handover": _situated(HandoverForm),
    "leave": _plain(ReasonForm, label=_("What was said, without names")),
    "urge": _plain(ReasonForm, required=False, label=_("What should happen?")),
    "supervise": _plain(SuperviseForm),
    "lift": _situated(LiftForm),
    "reassign": _situated(ReassignForm),
    "escalate": _plain(ReasonForm),
    "reopen": _plain(ReasonForm),
    "correct": _correct,
    "ask": _plain(AskForm),
    "voice": _plain(VoiceForm),
    "attach": _plain(AttachForm),
    "note": _plain(NoteForm),
    "public": _public,
    "merge": _situated(MergeForm),
    "separate": _plain(ReasonForm),
    "split": _situated(SplitForm),
    "unsplit": _plain(ReasonForm),
    "link": _situated(LinkForm),
    "unlink": _situated(UnlinkForm),
    "transfer": _plain(TransferForm),
    "sendback": _plain(ReasonForm),
    "outside": _plain(OutsideForm),
    "cameback": _plain(ReasonForm),
}
