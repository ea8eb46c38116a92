"""Every address × every kind of post × inside and outside its area: who gets in, who is refused, for whom it doesn't exist.

The addresses come from the URL map, so a new page can't be forgotten: it fails here until it says who may open it
(``linli.access.pages``) and, where its address names an object, until ``tests/examples`` has one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from linli.access.pages import Rule
from linli.frame.jobs import beat
from tests.examples import EXAMPLES, Example, Visitor, World, build_world

LOGIN = "/accounts/login/"


@dataclass(frozen=True)
class Address:
    """One entry of the URL map."""

    name: str
    route: str
    view: object
    takes: tuple[str, ...]

    @property
    def rule(self) -> Rule | None:
        return getattr(self.view, "access", None)


def addresses(resolver: URLResolver | None = None, route: str = "", spaces: tuple[str, ...] = ()) -> Iterator[Address]:
    for entry in (resolver or get_resolver()).url_patterns:
        here = route + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry, here, (*spaces, entry.namespace) if entry.namespace else spaces)
        elif isinstance(entry, URLPattern):
            yield Address(":".join((*spaces, entry.name or "?")), here, entry.callback, tuple(entry.pattern.converters))


ALL = list(addresses())


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    """One world for the whole walk, in one transaction that is never committed."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build_world()
        transaction.set_rollback(True)


@pytest.fixture
def _undone(world):
    """What a page does, or breaks, is undone before the next."""
    with transaction.atomic():
        beat("clock")  # /readyz asks for it: the world may be minutes old
        yield
        transaction.set_rollback(True)


@pytest.fixture
def proved(monkeypatch):
    """Everybody has just given their password: the rest of a page's guard is what is looked at."""
    monkeypatch.setattr("allauth.account.internal.flows.reauthentication.did_recently_reauthenticate", lambda request: True)


def _plain(world: World) -> Example:
    return Example()


# --- the map itself


def test_every_address_has_a_name_of_its_own():
    names = [a.name for a in ALL]
    assert "?" not in "".join(names)
    assert len(names) == len(set(names))


def test_every_view_says_who_may_open_it():
    silent = [f"{a.name} ({a.route})" for a in ALL if not isinstance(a.rule, Rule)]
    assert not silent, "put @public, @signed_in or @staff(…) of linli.access.pages on: " + ", ".join(silent)


def test_no_rule_names_an_ability_that_does_not_exist():
    from linli.charter.schema import ABILITIES

    assert not [(a.name, x) for a in ALL if a.rule for x in a.rule.abilities if x not in ABILITIES]


def test_every_address_with_an_object_has_an_example():
    missing = [f'@example("{a.name}")  # takes {", ".join(a.takes)}' for a in ALL if a.takes and a.name not in EXAMPLES]
    assert not missing, "add to tests/examples:\n" + "\n".join(missing)
    assert not set(EXAMPLES) - {a.name for a in ALL}, "examples of pages that no longer exist"


# --- the walk


@pytest.mark.usefixtures("_undone", "proved")
@pytest.mark.parametrize("address", ALL, ids=lambda a: a.name)
def test_each_visitor_gets_what_their_posts_say(world, address, caplog):
    if address.rule is None or (address.takes and address.name not in EXAMPLES):
        pytest.fail("see the tests of the map itself")
    caplog.set_level("CRITICAL", "django.request")
    wrong, asked = [], set()
    for visitor in world.visitors.values():
        example = EXAMPLES.get(address.name, _plain)(world)
        wanted = expected(world, address.rule, example, visitor)
        if (kind := kind_of(address.rule, example, visitor, wanted)) in asked:
            continue
        asked.add(kind)
        got = answer(address, example, visitor)
        if got != wanted:
            wrong.append(f"{visitor.key}: {got}, should be {wanted}")
    assert not wrong, f"/{address.route}\n" + "\n".join(wrong)


@pytest.mark.usefixtures("_undone")
@pytest.mark.parametrize("address", [a for a in ALL if a.rule and not a.rule.public], ids=lambda a: a.name)
def test_sending_is_guarded_as_looking_is(world, address):
    if address.takes and address.name not in EXAMPLES:
        pytest.fail("see the tests of the map itself")
    example = EXAMPLES.get(address.name, _plain)(world)
    stranger, nothing = world.visitors["a stranger"], world.visitors["an account without a post"]
    assert answer(address, example, stranger, send=True) == "sign in"
    if not address.rule.signed_in:
        assert answer(address, example, nothing, send=True) == "403"


@pytest.mark.usefixtures("_undone")
@pytest.mark.parametrize("address", [a for a in ALL if a.rule and a.rule.fresh], ids=lambda a: a.name)
def test_dangerous_acts_ask_for_the_password_first(world, address):
    example = EXAMPLES.get(address.name, _plain)(world)
    visitor = next(v for v in world.visitors.values() if v.posts and set(address.rule.abilities) <= set(v.posts[0][0].abilities))
    for send in (False, True):
        response = request(address, example, visitor, send=send)
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_reauthenticate"))


def kind_of(rule: Rule, example: Example, visitor: Visitor, wanted: str) -> object:
    """Visitors who are alike in all that this page asks about; one of each opens it."""
    if example.only is not None or not visitor.posts:
        return visitor.key
    post, at = visitor.posts[0]
    abilities = frozenset(post.abilities) & {*rule.abilities, example.ability}
    return post.level, post.reach, at, abilities, wanted


def expected(world: World, rule: Rule, example: Example, visitor: Visitor) -> str:
    """What the rule and the object's place say: in | sign in | 401 | 403 | 404."""
    if rule.keys:
        return "401"  # a program's key opens it; whoever has signed in is a stranger there
    if not rule.public:
        if visitor.user is None:
            return "sign in"
        if rule.signed_in:
            return "in"
        if not visitor.posts or (rule.abilities and not any(set(rule.abilities) & set(post.abilities) for post, _at in visitor.posts)):
            return "403"
    if example.only is not None and not example.only(visitor):
        return "404"
    if example.path:
        asked = (example.ability,) if example.ability else rule.abilities
        seats = {world.seat(post.id, at).pk for post, at in visitor.posts if set(asked) & set(post.abilities)} & set(example.involved)
        if not seats and not any(world.covers(visitor, ability, example.path) for ability in asked):
            return "404"
    if example.refused is not None and example.refused(visitor):
        return "403"
    return "in"


def request(address: Address, example: Example, visitor: Visitor, *, send: bool = False):
    url = reverse(address.name, kwargs=example.kwargs)
    return visitor.client.post(url, example.query) if send else visitor.client.get(url, example.query)


def answer(address: Address, example: Example, visitor: Visitor, *, send: bool = False) -> str:
    """in | sign in | 401 | 403 | 404, or the status that should never be."""
    with transaction.atomic():
        response = request(address, example, visitor, send=send)
        if response.status_code == 405:  # an address that only takes what is sent to it
            response = request(address, example, visitor, send=not send)
        transaction.set_rollback(True)
    status = response.status_code
    if status == 302 and response["Location"].startswith(f"{LOGIN}?next="):
        return "sign in"
    if status == 404 and address.rule.signed_in:
        return "in"  # nothing of one's own there yet: no recovery codes
    if status in (401, 403, 404) or status >= 500:
        return str(status)
    return "in"
