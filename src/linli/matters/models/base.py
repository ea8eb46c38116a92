"""What residents, workers and departments raise. The work on it is its flow; the person behind it is kept apart and encrypted."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least
from django.utils.translation import gettext_lazy as _

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

    def taking_part(self, in_work: tuple[set[int], set[int]] | None = None) -> tuple[set[int], set[int]]:
        """``seats_involved`` and ``seats_at_work``, in one question; ``in_work``: those of its work, if the caller has them."""
        ever, now = in_work or self.flow.taking_part()
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


class NumberSeries(models.Model):
    """The running number per district and year, taken in a transaction of its own so that intake never queues behind it."""

    prefix = models.CharField(max_length=16, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.prefix}: {self.last}"
