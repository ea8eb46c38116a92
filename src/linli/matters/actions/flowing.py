"""Between this room and the flow engine: its refusals said where people can mend them, and the post somebody acts from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext_lazy as _

from linli.access.scope import scope_of
from linli.flow import words
from linli.flow.models import Flow
from linli.flow.procedure import Refused
from linli.frame.refusal import Refusal
from linli.matters.models import Matter

# evidence the rules miss, and the field it is written in
_FIELD = {"result": "result", "answer": "answer", "finding": "finding", "reason": "reason", "photo": "photos", "document": "documents"}


@contextmanager
def told_plainly(field: str = "", flow: Flow | None = None) -> Iterator[None]:
    """What the engine refuses becomes a ``Refusal`` in words, at ``field`` or the field of the missing evidence. A lost race is a
    ``Conflict`` already, with what changed."""
    try:
        yield
    except Refused as refused:
        raise refusal_of(refused, field, flow) from None


def refusal_of(no: Exception, field: str = "", flow: Flow | None = None) -> Refusal:
    """The engine's refusal in words; what is a ``Refusal`` already stays as it is."""
    if isinstance(no, Refusal):
        return no
    if not isinstance(no, Refused):
        return Refusal(_("It is gone."), code="gone")
    at = next((_FIELD[m] for m in no.params.get("missing", ()) if m in _FIELD), "text" if no.code == "tried_today" else field)
    return Refusal(words.refusal(no, flow), field=at, code=no.code)


def other_ended(field: str) -> Refusal:
    """The other of two matters has ended, which needs no form to have been mended."""
    return Refusal(_("The other matter has ended. Look at it as it is now."), field=field, code="main_ended")


def post_of(by, ability: str, path: str) -> str:
    """The post from which ``by`` has the ability at ``path``: for the history line. Permission has been asked before."""
    held = [h for h in scope_of(by).held if ability in h.abilities]
    return next((h.post for h in held if path == h.path or path.startswith(f"{h.path}.")), held[0].post if held else "")


def locked(matter: Matter | int) -> Matter:
    """The matter as it is now, its row held until the transaction ends."""
    pk = matter.pk if isinstance(matter, Matter) else matter
    return Matter.objects.select_for_update(of=("self",)).select_related("flow", "place").get(pk=pk)
