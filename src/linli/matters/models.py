"""What residents, workers and departments raise. The work on it is its flow; the person behind it is kept apart and encrypted."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.bodies.models import Seat
from linli.flow.models import Flow
from linli.places.ltree import PathField, PathIndex
from linli.places.models import Place, PlacedQuerySet


class Channel(models.TextChoices):
    COUNTER = "counter", _("counter")
    WEB = "web", _("residents' page")
    FIELD = "field", _("field worker")
    PHONE = "phone", _("telephone")
    HOTLINE = "hotline", _("hotline 12345")
    OPEN311 = "open311", _("another service (Open311)")
    BOX = "box", _("opinion box")
    DIRECT = "direct", _("direct line")


class FoundBy(models.TextChoices):
    """How a matter's place was found, surest first: the desk knows what to check."""

    CHOSEN = "chosen", _("chosen")
    POSITION = "position", _("the phone's position")
    PHOTO = "photo", _("the photo's position")
    ADDRESS = "address", _("the address")
    COMMUNITY = "community", _("the community only")


_COMMUNITY = 4  # labels of a community's path above its own: province, city, district, street


def _is_wide(paths: list[str]) -> bool:
    return any(path.count(".") < _COMMUNITY for path in paths)


class MatterQuerySet(PlacedQuerySet):
    def visible_to(self, user):
        """Matters of the places the user's posts see, and those the user's seats take part in or raised.

        Who sees a street or more finds the next twenty of a list by going through it in its order. Of who sees a community or a grid most
        of a long list isn't theirs: theirs is found part by part, each by its own index.
        """
        from linli.access.scope import scope_of
        from linli.flow.queries import involved, involved_elsewhere

        scope = scope_of(user)
        reporting = [h.seat for h in scope.held if "matter.report" in h.abilities]
        paths = scope.paths("matter.see")
        by_order = _is_wide(paths)
        seen = scope.q("matter.see", involved=lambda own: involved(own, "flow__") if by_order else involved_elsewhere(own, paths, "flow"))
        return self.filter(seen | Q(raised_from__in=reporting) if reporting else seen)

    def of_wide_area(self, user, *, under_way: bool) -> MatterQuerySet | None:
        """Of ``visible_to`` what lies in the places of somebody who sees a street or more; None for others. ``under_way``: asked for open ones,
        which the place of their work finds sooner."""
        from linli.access.scope import scope_of

        paths = scope_of(user).paths("matter.see")
        if not _is_wide(paths):
            return None
        found = self.filter(path__descends=paths)
        return found.filter(flow__path__descends=paths) if under_way else found

    def for_public(self):
        """What anybody may read of, on pages that show neither person nor place below the community."""
        return self.filter(is_public=True)


class Matter(models.Model):
    """One matter, 诉求: about a kind of thing at a place, never about a kind of person.

    ``number`` is what people quote («QS-2026-000123»). ``request_id`` makes a retried intake the same matter. ``follow_digest`` is the
    SHA-256 of the code the reporter follows it with. The position is the matter's, exact for staff, the grid for everybody else.
    """

    number = models.CharField(_("number"), max_length=24, unique=True)
    request_id = models.UUIDField(unique=True, default=uuid.uuid4)
    follow_digest = models.CharField(max_length=64)
    flow = models.OneToOneField(Flow, models.PROTECT, related_name="matter")
    # charter key, in the flow's charter version; empty while a resident's "I don't know" waits for the intake desk
    category = models.CharField(_("category"), max_length=80, blank=True)
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("what happened"), max_length=4000)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    # charter key of the direct line it came by, in the flow's charter version
    line = models.CharField(_("direct line"), max_length=40, blank=True, db_default="")
    raised_from = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("raised by"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="matters", db_index=False, verbose_name=_("place"))  # see matter_near
    path = PathField(editable=False)
    found_by = models.CharField(_("place found by"), max_length=10, choices=FoundBy.choices, default=FoundBy.CHOSEN)
    address = models.CharField(_("address"), max_length=200, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    raised_at = models.DateTimeField(_("raised"))
    is_public = models.BooleanField(_("public"), default=True)  # as the category says, or as decided for this one
    public_decided = models.BooleanField(default=False)  # somebody decided: a change of category no longer changes it
    answer = models.TextField(_("answer"), blank=True)  # the answer given, written at the answer step and at no other
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    rating = models.CharField(_("rating"), max_length=12, blank=True)  # satisfied | dissatisfied | silent
    # merged 并案: into which it was, and the one where work goes on, which differs where that was merged on itself; never a cycle
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    main = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged", db_index=False)
    split_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts", db_index=False)
    is_demo = models.BooleanField(_("demonstration data"), default=False)

    objects = MatterQuerySet.as_manager()

    class Meta:
        verbose_name = _("matter")
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["follow_digest"], name="matter_follow_once"),  # only ever asked for whole
            models.CheckConstraint(name="matter_rating", condition=Q(rating__in=["", "satisfied", "dissatisfied", "silent"])),
            models.CheckConstraint(name="matter_point", condition=Q(lon=None, lat=None) | Q(lon__isnull=False, lat__isnull=False)),
            models.CheckConstraint(name="matter_line", condition=(Q(channel="direct") & ~Q(line="")) | (~Q(channel="direct") & Q(line=""))),
            models.CheckConstraint(
                name="matter_answered", condition=Q(answer="", answered_at=None) | (~Q(answer="") & Q(answered_at__isnull=False))
            ),
            models.CheckConstraint(
                name="matter_merged",
                condition=Q(main=None, merged_into=None) | (Q(main__isnull=False, merged_into__isnull=False) & ~Q(main=F("pk"))),
            ),
            models.CheckConstraint(name="matter_not_its_own_part", condition=Q(split_from=None) | ~Q(split_from=F("pk"))),
        ]
        indexes = [
            models.Index(fields=["-raised_at", "-id"], name="matter_raised"),
            models.Index(fields=["category", "-raised_at"], name="matter_category"),
            # similar matters of a few grids are looked for while somebody types
            models.Index(fields=["place", "category", "-raised_at"], name="matter_near"),
            # an area's pages show the last months of it
            PathIndex(fields=["path", "raised_at"], name="matter_path_raised"),
            models.Index(fields=["main"], name="matter_main", condition=Q(main__isnull=False)),
            models.Index(fields=["split_from"], name="matter_split_from", condition=Q(split_from__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def seats_involved(self) -> list[int]:
        """Seats through which somebody with ``reach = "own"`` may deal with it: those of its work, and the one it was raised from."""
        return sorted(self.taking_part()[0])

    def seats_at_work(self) -> set[int]:
        return self.taking_part()[1]

    def taking_part(self) -> tuple[set[int], set[int]]:
        """``seats_involved`` and ``seats_at_work``, in one question."""
        ever, now = self.flow.taking_part()
        return ever | ({self.raised_from_id} if self.raised_from_id else set()), now


class Link(models.Model):
    """Two matters that belong together without being the same 关联: each shows the other to those who may see it.

    A row stands for now; who linked them, and who took it off again, is in the history of both.
    """

    class Kind(models.TextChoices):
        CAUSE = "cause", _("same cause")
        FOLLOW = "follow", _("follow-up")
        RELATED = "related", _("related")

    one = models.ForeignKey(Matter, models.CASCADE, related_name="links", db_index=False)  # of a follow-up: the later one
    other = models.ForeignKey(Matter, models.CASCADE, related_name="linked_from")
    kind = models.CharField(_("kind of link"), max_length=8, choices=Kind.choices)

    class Meta:
        verbose_name = _("link of two matters")
        constraints = [
            models.UniqueConstraint(Least("one", "other"), Greatest("one", "other"), name="link_once"),
            models.CheckConstraint(name="link_of_two", condition=~Q(one=F("other"))),
        ]
        indexes = [models.Index(fields=["one"], name="link_one")]

    def __str__(self) -> str:
        return f"{self.kind} link {self.pk}"


class Reporter(models.Model):
    """Who raised it, encrypted (AES-GCM, bound to the row), shown to those who may with a purpose, each look logged.

    ``withheld``: nobody but the intake desk may see them. No row at all: raised anonymously. There is no way from a person to matters.
    """

    # the key of the row is the matter's: sealed values are bound to it before the row exists
    matter = models.OneToOneField(Matter, models.CASCADE, related_name="reporter", primary_key=True)
    name_sealed = models.BinaryField(null=True, blank=True)
    phone_sealed = models.BinaryField(null=True, blank=True)
    withheld = models.BooleanField(_("name withheld"), default=False)
    by_sms = models.BooleanField(_("told by text message"), default=False, db_default=False)  # as they asked when it was raised

    class Meta:
        verbose_name = _("reporter")
        constraints = [
            models.CheckConstraint(name="reporter_by_sms", condition=Q(by_sms=False) | Q(phone_sealed__isnull=False)),
        ]

    def __str__(self) -> str:  # never the person
        return f"reporter of matter {self.pk}"


class Word(models.Model):
    """Something the reporter added or the desk asked or told them while the matter was under way: their side of the talk."""

    matter = models.ForeignKey(Matter, models.CASCADE, related_name="words")
    at = models.DateTimeField(_("when"))
    from_reporter = models.BooleanField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who"))
    text = models.TextField(_("message"), max_length=1000)
    # one sending of a form is one message, however often it is retried
    request_id = models.UUIDField(unique=True, default=uuid.uuid4)

    class Meta:
        verbose_name = _("message")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"message {self.pk} of matter {self.matter_id}"


class OrderFile(models.Model):
    """A file of the hotline's work orders. Until all are taken in, or the file is let go, they wait here sealed, for a day at most: they name people."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("brought by"))
    at = models.DateTimeField(_("brought"))
    name = models.CharField(_("file name"), max_length=100)
    # where orders go whose address leads nowhere
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("place"))
    orders = models.PositiveIntegerField(_("orders"))
    sealed = models.BinaryField(null=True, blank=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("file of work orders")

    def __str__(self) -> str:
        return f"order file {self.pk}"


class WorkOrder(models.Model):
    """A work order of the hotline 12345, and the matter it became: each order once. ``answered_back_at``: when its present answer was told."""

    number = models.CharField(_("order"), max_length=40, unique=True)
    matter = models.OneToOneField(Matter, models.PROTECT, related_name="order")
    file = models.ForeignKey(OrderFile, models.PROTECT, null=True, blank=True, related_name="+")  # none: handed in by the hotline's system
    received_at = models.DateTimeField(_("received by the hotline"), null=True, blank=True)
    due_at = models.DateTimeField(_("due by the hotline"), null=True, blank=True)
    answered_back_at = models.DateTimeField(_("answered back"), null=True, blank=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("work order")
        indexes = [models.Index(fields=["number"], name="order_to_answer", condition=Q(answered_back_at=None))]

    def __str__(self) -> str:
        return self.number


class BoxQuerySet(PlacedQuerySet):
    def visible_to(self, user):
        """Boxes of the places whose matters the user sees, or whose boxes they keep or manage."""
        from linli.access.scope import scope_of

        scope = scope_of(user)
        return self.filter(scope.q("matter.see") | scope.q("box.keep") | scope.q("box.manage"))

    def hanging(self):
        return self.filter(retired_on=None)


class Box(models.Model):
    """An opinion box 意见箱: what it is called, where it hangs, and the seat whose work it is to open it."""

    number = models.CharField(_("box number"), max_length=20, unique=True)
    name = models.CharField(pgettext_lazy("box", "Name"), max_length=40)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("place"))
    path = PathField(editable=False)
    where = models.CharField(_("where it hangs"), max_length=120)
    keeper = models.ForeignKey(Seat, models.PROTECT, related_name="+", verbose_name=_("kept by"))
    hung_on = models.DateField(_("hung"))
    retired_on = models.DateField(_("taken down"), null=True, blank=True)
    is_demo = models.BooleanField(_("demonstration data"), default=False)

    objects = BoxQuerySet.as_manager()

    class Meta:
        verbose_name = _("opinion box")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(name="box_retired", condition=Q(retired_on=None) | Q(retired_on__gte=models.F("hung_on"))),
        ]
        indexes = [PathIndex(fields=["path"], name="box_path")]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    def seats_involved(self) -> list[int]:
        return [self.keeper_id]


class Round(models.Model):
    """A box opened, or to be opened: owed on ``due_on`` (none: opened besides), by two people, every slip in it counted.

    ``missed``: the next one was owed before anybody opened it. ``completed_at``: every slip is entered or set aside.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request_id = models.UUIDField(unique=True, null=True, blank=True)  # of the form it was written down with, however often it was sent
    box = models.ForeignKey(Box, models.PROTECT, related_name="rounds")
    due_on = models.DateField(_("to be opened on"), null=True, blank=True)
    missed = models.BooleanField(_("missed"), default=False)
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("opened by")
    )
    second = models.CharField(_("together with"), max_length=40, blank=True)
    slips = models.PositiveSmallIntegerField(_("slips"), null=True, blank=True)
    seal = models.CharField(_("seal number"), max_length=40, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    enter_by = models.DateTimeField(_("to be entered by"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("round")
        ordering = ["-due_on", "-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["box", "due_on"], name="round_owed_once"),
            models.UniqueConstraint(fields=["box"], condition=Q(opened_at=None, missed=False), name="round_waits_once"),
            models.CheckConstraint(
                name="round_opened",
                condition=Q(opened_at=None, opened_by=None, slips=None, enter_by=None, completed_at=None, due_on__isnull=False)
                | Q(opened_at__isnull=False, opened_by__isnull=False, slips__isnull=False, enter_by__isnull=False, missed=False),
            ),
        ]

    def __str__(self) -> str:
        return f"round {self.pk} of box {self.box_id}"


class RoundPhoto(models.Model):
    """A picture of the slips as they lay in the box. Handwriting tells who wrote: for those who enter them alone."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    round = models.ForeignKey(Round, models.CASCADE, related_name="photos")
    mime = models.CharField(max_length=100)
    file = models.FileField(upload_to="boxes/%Y/%m")

    class Meta:
        verbose_name = _("photo")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"photo {self.pk} of round {self.round_id}"


class Slip(models.Model):
    """One slip of a round: the matter it became, or why it was set aside."""

    class Aside(models.TextChoices):
        EMPTY = "empty", pgettext_lazy("slip", "empty")
        UNREADABLE = "unreadable", pgettext_lazy("slip", "unreadable")
        NOT_OURS = "not_ours", pgettext_lazy("slip", "not for us")

    round = models.ForeignKey(Round, models.PROTECT, related_name="entries")
    number = models.PositiveSmallIntegerField(_("slip"))
    matter = models.OneToOneField(Matter, models.PROTECT, null=True, blank=True, related_name="slip")
    aside = models.CharField(_("set aside"), max_length=10, choices=Aside.choices, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    at = models.DateTimeField(_("entered"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by"))

    class Meta:
        verbose_name = _("slip")
        ordering = ["round", "number"]
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="slip_once"),
            models.CheckConstraint(name="slip_settled", condition=(Q(matter=None) & ~Q(aside="")) | Q(matter__isnull=False, aside="")),
        ]

    def __str__(self) -> str:
        return f"slip {self.number} of round {self.round_id}"


class Course(models.Model):
    """What the history of a matter says for the measures, one row a matter: made by ``measures.actions``, never written by hand.

    Nothing here is a source: all of it is made again from history whenever that changes. ``areas`` are the places it counts for,
    outermost first. ``due_at`` is the deadline of handling as it last stood; ``settled_at`` is when it was handled, checked and
    answered, as long as nothing led back. ``escalated`` is level → when; ``stays`` is step → [seconds in all, when last left].
    """

    flow = models.OneToOneField(Flow, models.CASCADE, primary_key=True, related_name="course")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    areas = ArrayField(models.BigIntegerField())
    category = models.CharField(max_length=80, blank=True)
    channel = models.CharField(max_length=10)
    raised_at = models.DateTimeField()
    responded_at = models.DateTimeField(null=True)  # taken up or refused, or the time for it ran out
    responded_late = models.BooleanField(default=False)
    filed_at = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    reworked_at = models.DateTimeField(null=True)
    late_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended = models.CharField(max_length=10, blank=True)  # good, bad, refused, withdrawn, elsewhere, merged
    rated_at = models.DateTimeField(null=True)
    rating = models.CharField(max_length=12, blank=True)
    urged_at = models.DateTimeField(null=True)
    extended_at = models.DateTimeField(null=True)
    shelved_at = models.DateTimeField(null=True)
    reopened_at = models.DateTimeField(null=True)
    escalated = models.JSONField(default=dict)
    stays = models.JSONField(default=dict)
    rated_by = models.CharField(max_length=8, blank=True, db_default="")  # own, callback
    called_at = models.DateTimeField(null=True)  # the call-back came to its end
    reached = models.BooleanField(default=False, db_default=False)
    recalled_at = models.DateTimeField(null=True)  # taken up again after a call-back
    supervised_at = models.DateTimeField(null=True)
    named_at = models.DateTimeField(null=True)  # in a notice
    again = models.PositiveSmallIntegerField(
        null=True
    )  # so many of the kind at the place before it; null: of this kind it isn't looked for
    recurs = models.BooleanField(default=False, db_default=False)  # and these make it a recurring one by the charter

    class Meta:
        verbose_name = _("course of a matter")
        indexes = [models.Index(fields=["raised_at"], name="course_recurs", condition=Q(recurs=True))]

    def __str__(self) -> str:
        return f"course of work {self.flow_id}"


class Pressing(models.Model):
    """What pressed on a matter 催办、督办、通报: one row for each line of history that did, made from history (``pressing.follow``).

    ``seat`` is whoever was responsible, ``seq`` the line of history; what was asked and answered stands there. Only a supervision is open.
    """

    class Kind(models.TextChoices):
        URGE = "urge", _("urging")
        SUPERVISE = "supervise", _("supervision")
        NOTICE = "notice", _("naming in a notice")

    class State(models.TextChoices):
        OPEN = "open", _("to be answered")
        ANSWERED = "answered", _("waits for the supervisor")
        ACCEPTED = "accepted", _("accepted")
        LIFTED = "lifted", _("lifted")
        ENDED = "ended", _("ended with the matter")
        DONE = "done", _("done")

    flow = models.ForeignKey(Flow, models.PROTECT, related_name="pressings", db_index=False)
    seq = models.PositiveIntegerField()
    kind = models.CharField(_("what"), max_length=10, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=8, choices=State.choices)
    at = models.DateTimeField(_("since"))
    by_hand = models.BooleanField(default=False)
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+", verbose_name=_("responsible"), db_index=False)
    supervisor = models.ForeignKey(Seat, models.PROTECT, null=True, related_name="+", verbose_name=_("supervised by"), db_index=False)
    due_at = models.DateTimeField(_("to be answered by"), null=True)
    late = models.BooleanField(_("overdue"), default=False)  # it was not answered in time
    answered_seq = models.PositiveIntegerField(null=True)
    closed_seq = models.PositiveIntegerField(null=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("pressing on late work")
        constraints = [
            models.UniqueConstraint(fields=["flow", "seq"], name="pressing_once"),
            models.UniqueConstraint(
                fields=["flow"], name="pressing_one_supervision", condition=Q(kind="supervise", state__in=["open", "answered"])
            ),
            models.CheckConstraint(
                name="pressing_supervision",
                condition=~Q(kind="supervise") | Q(supervisor__isnull=False, due_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["kind", "-at"], name="pressing_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.flow_id}/{self.seq}"


class Notice(models.Model):
    """通报: which bodies and posts of an area let supervised work lie, month by month. Signed, it stays as it is; put right, a new one follows.

    ``lines`` names bodies, posts, places and the numbers of matters; never a person.
    """

    class State(models.TextChoices):
        SIGNED = "signed", _("in force")
        REPLACED = "replaced", _("put right by a later one")
        WITHDRAWN = "withdrawn", _("withdrawn")

    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("area"))
    month = models.DateField(_("month"))  # its first day
    edition = models.PositiveSmallIntegerField(_("edition"), default=1)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.SIGNED)
    lines = models.JSONField()
    remark = models.TextField(_("remark"), max_length=1000, blank=True)
    signed_at = models.DateTimeField(_("signed"))
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("signed by"))
    signed_as = models.CharField(max_length=40)  # the post
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.TextField(_("reason"), max_length=1000, blank=True)  # why it was put right or withdrawn

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        constraints = [
            models.UniqueConstraint(fields=["place", "month", "edition"], name="notice_edition"),
            models.UniqueConstraint(fields=["place", "month"], name="notice_in_force", condition=Q(state="signed")),
            models.CheckConstraint(
                name="notice_closed",
                condition=Q(state="signed", closed_at=None, reason="") | (~Q(state="signed") & Q(closed_at__isnull=False) & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"notice {self.month:%Y-%m} of {self.place_id}"


class Ground(models.Model):
    """A matter that is among the grounds of another: the one raised about why it keeps coming."""

    root = models.ForeignKey(Matter, models.CASCADE, related_name="grounds")
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="roots")

    class Meta:
        verbose_name = _("ground of a matter")
        constraints = [
            models.UniqueConstraint(fields=["root", "matter"], name="ground_once"),
            models.CheckConstraint(name="ground_other", condition=~Q(root=models.F("matter"))),
        ]

    def __str__(self) -> str:
        return f"ground {self.matter_id} of {self.root_id}"


class Follower(models.Model):
    """Somebody who follows a matter instead of raising it again, known by a code and by nothing else: no name, no telephone, no device.

    ``follow_digest`` is the SHA-256 of their code. ``voice``: the desk noted that they told the same; else they tapped on the public page.
    """

    matter = models.ForeignKey(Matter, models.CASCADE, related_name="followers")
    request_id = models.UUIDField(unique=True)
    follow_digest = models.CharField(max_length=64, unique=True)
    since = models.DateField(_("since"))  # the day is enough
    voice = models.BooleanField(default=False)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("follower")

    def __str__(self) -> str:
        return f"follower {self.pk} of matter {self.matter_id}"


class LearntModel(models.Model):
    """What proposing categories has learnt for one charter: plain arrays, never code, never changed (``suggest.keeping``).

    ``figures`` counts what it was learnt from and how it did on the situations held out. Pieces of people's own texts are in it only
    where three distinct matters hold them.
    """

    charter = models.ForeignKey("charter.CharterVersion", models.PROTECT, related_name="+", verbose_name=_("charter version"))
    made_at = models.DateTimeField(_("made"))
    sha256 = models.CharField(max_length=64)
    figures = models.JSONField(default=dict)
    arrays = models.BinaryField()

    class Meta:
        verbose_name = _("learnt model")
        indexes = [models.Index(fields=["charter", "-id"], name="learnt_model_newest")]

    def __str__(self) -> str:
        return f"model {self.pk} of charter {self.charter_id}"


class NumberSeries(models.Model):
    """The running number per district and year, taken in a transaction of its own so that intake never queues behind it."""

    prefix = models.CharField(max_length=16, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.prefix}: {self.last}"


from linli.matters.disputes.models import Agreement, DisputeCourse, Enquiry, Mediator, Obligation, Party  # noqa: E402, F401  # loaded with the room
