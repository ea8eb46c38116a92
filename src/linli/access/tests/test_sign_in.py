import re
import time

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client
from django.urls import reverse

from linli.access.models import User
from linli.access.sessions import device

pytestmark = pytest.mark.django_db
PASSWORD = "long enough 7"
LOGIN = "/accounts/login/"


@pytest.fixture
def head(area):
    return area.holder("station-head", "C1", name="李站长")


@pytest.fixture
def no_mfa(monkeypatch):
    monkeypatch.setenv("LINLI_REQUIRE_MFA", "0")


def sign_in(client, user, password=PASSWORD):
    return client.post(LOGIN, {"login": user.username, "password": password})


def early(after: float = 0) -> time_machine.travel:
    """Early in a half minute, so that the digits shown are still those asked for when they arrive."""
    return time_machine.travel((time.time() + after) // 30 * 30 + 2)


def digits(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def test_the_right_password_opens_the_desk(client, head, no_mfa):
    response = sign_in(client, head)
    assert (response.status_code, response["Location"]) == (302, "/desk/")
    assert client.get("/posts/").status_code == 200


def test_a_wrong_password_and_an_unknown_name_are_told_alike(client, head):
    wrong = sign_in(client, head, "wrong").context["form"].errors
    unknown = client.post(LOGIN, {"login": "nobody", "password": "wrong"}).context["form"].errors
    assert wrong == unknown
    assert client.get("/posts/").status_code == 302


def test_after_five_failures_even_the_right_password_waits_a_quarter_of_an_hour(client, head):
    for _i in range(5):
        sign_in(client, head, "wrong")
    response = sign_in(client, head)
    assert response.status_code == 200
    assert "15" in str(response.context["form"].errors)
    assert client.get("/posts/").status_code == 302


def test_one_persons_failures_lock_nobody_else(client, head, area, no_mfa):
    for _i in range(5):
        sign_in(client, head, "wrong")
    other = area.holder("station-head", "C2")
    assert sign_in(Client(REMOTE_ADDR="10.0.0.9"), other).status_code == 302


def test_nobody_signs_up_and_nothing_goes_by_mail(client):
    for path in ("signup", "password/reset", "email", "confirm-email"):
        assert client.get(f"/accounts/{path}/").status_code == 404


def test_a_closed_account_is_told_so_and_stays_outside(client, head):
    User.objects.filter(pk=head.pk).update(is_active=False)
    assert sign_in(client, head)["Location"] == reverse("account_inactive")
    assert client.get(reverse("account_inactive")).status_code == 200
    assert client.get("/posts/").status_code == 302


def test_a_one_time_password_opens_nothing_but_the_choice_of_ones_own(client, head, no_mfa):
    User.objects.filter(pk=head.pk).update(must_change_password=True)
    sign_in(client, head)
    assert client.get("/posts/")["Location"] == reverse("account_change_password")
    new = {"oldpassword": PASSWORD, "password1": "another good 8", "password2": "another good 8"}
    client.post(reverse("account_change_password"), new)
    assert client.get("/posts/").status_code == 200


@pytest.mark.parametrize("weak", ["short", "1234567890", "password123"])
def test_a_password_that_is_easy_to_guess_is_refused(client, head, no_mfa, weak):
    sign_in(client, head)
    response = client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": weak, "password2": weak})
    assert response.status_code == 200
    assert response.context["form"].errors


def test_signing_out_takes_a_click_not_a_link(client, head, no_mfa):
    sign_in(client, head)
    assert client.get(reverse("account_logout")).status_code == 200
    assert client.get("/posts/").status_code == 200
    client.post(reverse("account_logout"))
    assert client.get("/posts/").status_code == 302


# --- second factor


def test_a_post_with_power_needs_a_second_factor_before_anything_else(client, head):
    sign_in(client, head)
    assert client.get("/posts/")["Location"] == reverse("mfa_activate_totp")
    assert client.get(reverse("account_logout")).status_code == 200


def test_a_post_without_power_needs_none(client, area):
    worker = area.holder("grid-worker", "G11")
    sign_in(client, worker)
    assert client.get("/posts/").status_code == 403  # its post doesn't see posts, and nothing sent it elsewhere


def test_a_demonstration_sign_in_needs_none(client, area):
    head = area.holder("station-head", "C1", is_demo=True)
    sign_in(client, head)
    assert client.get("/posts/").status_code == 200


def _set_up(client, user) -> str:
    """Sign in, switch the second factor on, and return its secret."""
    sign_in(client, user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    assert "data:image/svg+xml;base64," in page.content.decode()
    with early():
        response = client.post(reverse("mfa_activate_totp"), {"code": digits(secret)})
    assert response["Location"] == reverse("mfa_view_recovery_codes")
    return secret


def test_the_second_factor_from_setting_up_to_signing_in_with_it(client, head, keyring, settings):
    settings.MFA_ADAPTER = "linli.access.adapter.MFAAdapter"
    secret = _set_up(client, head)
    assert client.get("/posts/").status_code == 200
    codes = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    assert len(codes) == 10

    assert secret not in str(list(Authenticator.objects.values_list("data", flat=True)))  # sealed

    there = Client()
    assert sign_in(there, head)["Location"] == reverse("mfa_authenticate")
    assert there.get("/posts/").status_code == 302  # the password alone opens nothing
    assert there.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert there.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == 302
    assert there.get("/posts/").status_code == 200

    again = Client()
    sign_in(again, head)
    assert again.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == 200  # a recovery code works once
    assert again.get("/posts/").status_code == 302


def test_the_digits_of_the_app_sign_in_once(client, head, keyring):
    secret = _set_up(client, head)
    with early(after=60):
        shown, there, copied = digits(secret), Client(), Client()
        sign_in(there, head)
        assert there.post(reverse("mfa_authenticate"), {"code": shown}).status_code == 302
        assert there.get("/posts/").status_code == 200
        sign_in(copied, head)
        assert copied.post(reverse("mfa_authenticate"), {"code": shown}).status_code == 200
        assert copied.get("/posts/").status_code == 302


def test_who_needs_a_second_factor_cannot_switch_it_off(client, head, keyring):
    _set_up(client, head)
    assert client.post(reverse("mfa_deactivate_totp"))["Location"] == reverse("mfa_index")
    assert Authenticator.objects.filter(user=head, type="totp").exists()


def test_who_needs_none_may_switch_it_off(client, area, keyring):
    worker = area.holder("grid-worker", "G11")
    _set_up(client, worker)
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(user=worker).exists()


# --- sessions


def test_the_sessions_are_listed_and_one_can_be_ended(client, head, no_mfa):
    sign_in(client, head)
    phone = Client(HTTP_USER_AGENT="Mozilla/5.0 (Linux; Android 14) Chrome/120.0 MicroMessenger/8.0")
    sign_in(phone, head)
    page = client.get(reverse("usersessions_list"))
    assert "WeChat · Android" in page.content.decode()
    row = next(r for r in page.context["rows"] if not r["here"])
    client.post(reverse("usersessions_list"), {"end": row["id"]})
    assert phone.get("/posts/").status_code == 302
    assert client.get("/posts/").status_code == 200


def test_all_others_can_be_ended_at_once(client, head, no_mfa):
    others = [Client(), Client()]
    for c in [*others, client]:
        sign_in(c, head)
    client.post(reverse("usersessions_list"), {"others": "1"})
    assert [c.get("/posts/").status_code for c in others] == [302, 302]
    assert client.get("/posts/").status_code == 200


def test_nobody_ends_somebody_elses_session(client, head, area, no_mfa):
    from allauth.usersessions.models import UserSession

    other, theirs = area.holder("station-head", "C2"), Client()
    sign_in(theirs, other)
    sign_in(client, head)
    client.post(reverse("usersessions_list"), {"end": UserSession.objects.get(user=other).pk})
    assert theirs.get("/posts/").status_code == 200


def test_changing_the_password_signs_out_everywhere_else(client, head, no_mfa):
    there = Client()
    sign_in(there, head)
    sign_in(client, head)
    new = {"oldpassword": PASSWORD, "password1": "another good 8", "password2": "another good 8"}
    client.post(reverse("account_change_password"), new)
    assert there.get("/posts/").status_code == 302
    assert client.get("/posts/").status_code == 200


def test_what_a_browser_says_of_itself_becomes_two_words():
    assert device("Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/120 Safari/537 Edg/120") == "Edge · Windows"
    assert re.search(r"\w", device(""))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_of_the_door_opens_in_both_languages(client, head, keyring, language):
    client.cookies["django_language"] = language
    assert client.get(LOGIN).status_code == 200
    secret = _set_up(client, head)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    for name in (
        "account_logout", "account_change_password", "account_reauthenticate", "mfa_index", "mfa_reauthenticate", "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes", "usersessions_list",
    ):  # fmt: skip
        assert client.get(reverse(name)).status_code == 200, name
    there = Client()
    sign_in(there, head)
    assert there.get(reverse("mfa_authenticate")).status_code == 200
    assert secret
