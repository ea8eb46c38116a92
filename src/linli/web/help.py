"""Short guides, one for each kind of user: what they come for, in the order in which they do it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Part:
    """A question people have, and the answer in short paragraphs."""

    title: Text
    lines: Sequence[Text]


@dataclass(frozen=True, slots=True)
class Guide:
    """``who`` is in the address."""

    who: str
    title: Text
    about: Text
    icon: str
    parts: Sequence[Part]


_ALL = (
    Guide(
        "resident",
        _("For residents"),
        _("Raise a matter, follow it, say whether it was done well."),
        "person",
        (
            Part(
                _("Raising a matter"),
                (
                    _("Press “Raise a matter”. Say in your own words what is wrong and where. A photo helps, but is not needed."),
                    _("You can stay anonymous, or give your name and ask that it be withheld: then only the intake desk sees it."),
                    _(
                        "You get a number and a follow-up code. Write the code down or take a picture of it: it is the only key to your"
                        " matter."
                    ),
                ),
            ),
            Part(
                _("Following it"),
                (
                    _("Enter number and code under “Follow a matter”. You see each step, who has it now and until when."),
                    _("You can add something, or answer a question the desk asks you, on the same page."),
                    _(
                        "When it is done you get an answer and can say whether you are satisfied. If not, say what is missing: it goes"
                        " back to handling, as often as the charter allows."
                    ),
                ),
            ),
            Part(
                _("What others can see"),
                (
                    _(
                        "The public page of a matter shows its kind, the community, its steps and their dates, the answer and your rating,"
                        " and photos that staff have released. It shows neither your words, nor a name, a telephone number or a dwelling."
                    ),
                ),
            ),
            Part(
                _("If it is urgent"),
                (_("In danger call 110, 119 or 120. This page is not watched at night."),),
            ),
        ),
    ),
    Guide(
        "field",
        _("For grid workers"),
        _("The residents' service officers, voice officers and party guides of a grid, with a phone in the hand."),
        "phone",
        (
            Part(
                _("Your day"),
                (
                    _("Open the field terminal. “Today” lists what is due, overdue first. Press one to see what has to be done."),
                    _(
                        "When you have done it, say what you did and add a photo where the step asks for one. Somebody else then goes "
                        "and checks."
                    ),
                ),
            ),
            Part(
                _("Reporting a matter"),
                (
                    _(
                        "Press “Report”: a photo, one line of text, send. The place is proposed from your position, the kind from your "
                        "words: tap it, or leave it to the desk."
                    ),
                ),
            ),
            Part(
                _("When you can't do it"),
                (
                    _(
                        "Not yours? Send it back with the reason 回退. More time needed? Ask for it before it is due. Waiting for "
                        "something outside? Ask to put it on the ledger 挂账."
                    ),
                ),
            ),
            Part(
                _("When you are away"),
                (
                    _(
                        "Your work stays with your post. Tell your service station in time: it can move single matters to another post, or"
                        " hand the post over. The work of an empty post is done by the next one up."
                    ),
                ),
            ),
        ),
    ),
    Guide(
        "station",
        _("For the service station and the intake desk"),
        _("Taking in, accepting, dispatching, answering."),
        "building",
        (
            Part(
                _("Taking a matter in"),
                (
                    _(
                        "On “Today” press “Take in a matter”. Ask first what happened and where; ask for a name only if the person wants"
                        " to be told the outcome."
                    ),
                    _("Give the person the slip with number and code."),
                ),
            ),
            Part(
                _("Accepting and dispatching"),
                (
                    _(
                        "受理: is it ours? The filing condition stands on the matter's page. If it is not, say where the person can go instead."
                    ),
                    _("派遣: the charter says which post does it. You can send it straight to the post of another level instead."),
                ),
            ),
            Part(
                _("Answering"),
                (
                    _(
                        "答复: write to the person in plain words what was done. The answer is shown to everybody when the matter is "
                        "public, so name nobody."
                    ),
                ),
            ),
            Part(
                _("Reading a name or telephone number"),
                (_("Choose what for. Each look is written down with your name, the time and the purpose."),),
            ),
            Part(
                _("When somebody asks to be forgotten"),
                (
                    _(
                        "Make sure that it is the person: they have the code, or you know them. On the matter's page press “Erase name and"
                        " telephone” and say why. It can't be taken back."
                    ),
                ),
            ),
        ),
    ),
    Guide(
        "coordinator",
        _("For coordinators of streets and the district, and departments"),
        _("Urging, deciding, helping out."),
        "diagram-3",
        (
            Part(
                _("What comes to you"),
                (_("Work that has escalated, requests for more time or for the ledger, and the work of seats that are empty below you."),),
            ),
            Part(
                _("Urging 催办"),
                (_("Open the matter and press “Urge”. It is marked in the list of whoever is responsible, and it stays in the history."),),
            ),
            Part(
                _("Deciding"),
                (
                    _(
                        "More time 延期: how much is asked and why stands in the request. The ledger 挂账: the clock rests until the day "
                        "named. The person sees that it rests; write to them why."
                    ),
                ),
            ),
            Part(
                _("Working together"),
                (_("Call in other departments where one alone can't: one leads, the others assist, each with a deadline of its own."),),
            ),
            Part(
                _("The numbers"),
                (
                    _("Every number is a link to the records behind it. Nothing is counted that is not in the list."),
                    _(
                        "“Situation” 态势 shows how your area stands: against the charter's goals and the period before, by place, step and "
                        "post. What each figure counts stands at the end of that page."
                    ),
                ),
            ),
        ),
    ),
    Guide(
        "keeper",
        _("For those who keep posts, places and the charter"),
        _("Appointing, handing over, drawing grids, changing the rules."),
        "people",
        (
            Part(
                _("Posts"),
                (
                    _("Who may do what is which posts they hold over which places, from when to when. Appoint and release under “Posts”."),
                    _(
                        "A handover moves nothing: the work belongs to the seat. A seat left empty gives its work to the next one up, "
                        "and is shown as empty."
                    ),
                    _("Whoever leaves a post loses its access at once."),
                ),
            ),
            Part(
                _("Places"),
                (
                    _(
                        "A place that is renamed or redrawn ends and a new one begins; nothing is overwritten. Bring grids in as "
                        "GeoJSON: overlaps are refused, gaps reported."
                    ),
                ),
            ),
            Part(
                _("The charter"),
                (
                    _(
                        "Procedures, deadlines, kinds of matter and posts stand in the charter. A new version is checked before it "
                        "comes into force; work under way keeps the version it began under."
                    ),
                ),
            ),
        ),
    ),
    Guide(
        "auditor",
        _("For auditors"),
        _("Reading the logs, proving that history is whole."),
        "shield-check",
        (
            Part(
                _("History"),
                (
                    _(
                        "Each act is one line that can't be changed, chained to the line before it. Each night makes a fingerprint of the day:"
                        " print it from “Daily fingerprints” under “Logs” and keep it elsewhere. “linli verify” checks all of it."
                    ),
                ),
            ),
            Part(
                _("Looks at protected fields"),
                (_("Who read which person's fields, when and what for, stands under “Logs”. The log itself holds no protected value."),),
            ),
        ),
    ),
)
GUIDES = {g.who: g for g in _ALL}
