import io
import json
import re

import psycopg
import psycopg_pool
import pytest
import structlog
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client, RequestFactory
from django.utils.html import escape

from linli.frame import errors
from linli.frame.kept import kept_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("linli.frame.tests.site")]

TYPED = {
    "text": "三单元楼道灯坏了 <b>",
    "request_id": "2f1c1f1e-7d34-4d0c-8f3e-0f9e5f0d1a11",
    "category": "lamp.out",
    "phone": "13812345678",
}


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.fixture
def log(monkeypatch):
    with structlog.testing.capture_logs() as lines:
        yield lines


def hidden(html):
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html))


# the database is away ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["gone", "closed"])
def test_a_view_that_loses_the_database_gives_back_what_was_typed(client, how):
    response = client.post(f"/fail/{how}/?from=home", TYPED)
    html = response.content.decode()
    assert response.status_code == 503
    assert response["Retry-After"] == "30"
    assert response["Cache-Control"] == "no-store"
    assert escape(TYPED["text"]) in html
    assert "<b>" not in html
    again = hidden(html)
    assert {name: again[name] for name in ("request_id", "category", "phone")} == {k: TYPED[k] for k in ("request_id", "category", "phone")}
    assert f'action="/fail/{how}/?from=home"' in html
    assert "geheim" not in html


def test_trying_again_sends_exactly_the_same_request(client):
    again = hidden(client.post("/fail/gone/", TYPED).content.decode())
    again.pop("csrfmiddlewaretoken")
    from html import unescape

    assert client.post("/echo/", {k: unescape(v) for k, v in again.items()}).content.decode() == TYPED["text"]


def test_phone_numbers_are_masked_where_they_can_be_read(client):
    html = client.post("/fail/gone/", TYPED).content.decode()
    assert "138****5678" in html
    assert html.count("13812345678") == 1  # the hidden input alone


def test_passwords_codes_and_marked_fields_are_never_given_back_and_then_nothing_is_resent(client):
    for name in ("password", "new_password1", "otp", "code", "id_number", "access_token"):
        html = client.post("/fail/gone/", {"login": "li", name: "hunter2secret"}).content.decode()
        assert "hunter2secret" not in html
        assert 'method="post"' not in html
    request = RequestFactory().post("/", {"diagnosis": "x y"})
    request.sensitive_post_parameters = ("diagnosis",)
    assert kept_of(request).pairs == []
    request.sensitive_post_parameters = "__ALL__"
    assert kept_of(request).shown == []


def test_photos_must_be_chosen_again_and_the_page_says_so(client):
    english = {"accept-language": "en"}
    words = "Photos and files can't be kept here"
    assert words in client.post("/fail/gone/", {**TYPED, "photos": SimpleUploadedFile("a.jpg", b"x")}, headers=english).content.decode()
    assert words not in client.post("/fail/gone/", TYPED, headers=english).content.decode()


def test_only_the_posted_csrf_token_is_given_back_never_a_valid_new_one():
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    request = RequestFactory().post("/fail/gone/", {"text": "forged elsewhere"})
    html = errors.outage(request).content.decode()
    assert hidden(html)["csrfmiddlewaretoken"] == ""
    assert strict.post("/echo/", {"text": "x", "csrfmiddlewaretoken": ""}).status_code == 403


@pytest.mark.parametrize("where", ["session", "locale", "commit"])
def test_a_database_lost_outside_the_view_is_told_the_same_way(client, monkeypatch, where):
    def away(*args, **kwargs):
        raise OperationalError("server closed the connection unexpectedly")

    targets = {
        "session": "django.contrib.sessions.middleware.SessionMiddleware.process_request",
        "locale": "django.middleware.locale.LocaleMiddleware.process_request",
        "commit": "django.contrib.sessions.middleware.SessionMiddleware.process_response",
    }
    monkeypatch.setattr(targets[where], away)
    response = client.post("/echo/", TYPED)
    assert response.status_code == 503
    assert escape(TYPED["text"]) in response.content.decode()
    assert "Content-Security-Policy" in response


def test_a_real_refused_connection_is_an_outage(client, monkeypatch):
    def away(self):
        with self.wrap_database_errors:
            raise psycopg.OperationalError("connection refused")

    monkeypatch.setattr(BaseDatabaseWrapper, "_cursor", lambda self, name=None: away(self))
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
    assert client.get("/list/").status_code == 503


@pytest.mark.parametrize(
    "error",
    [
        psycopg_pool.PoolTimeout(),
        psycopg_pool.PoolClosed(),
        psycopg.OperationalError(),
        psycopg.InterfaceError(),
        psycopg.errors.DeadlockDetected(),
    ],
)
def test_every_way_of_losing_the_database_is_known(error):
    assert errors.is_outage(error)


def test_our_own_mistakes_are_no_outage():
    assert not errors.is_outage(ValueError())
    assert not errors.is_outage(None)


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {"Sec-Fetch-Dest": "empty"}])
def test_scripts_get_a_fragment_to_show(client, headers):
    response = client.post("/fail/gone/", TYPED, headers=headers)
    html = response.content.decode()
    assert response.status_code == 503
    assert "<html" not in html
    assert 'role="alert"' in html
    assert len(html) < 1000


def test_the_api_gets_json(client):
    response = errors.outage(RequestFactory().post("/api/matters"), OperationalError())
    assert response.status_code == 503
    assert json.loads(response.content)["status"] == 503


def test_an_error_page_asks_the_database_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        request = RequestFactory().post("/x/", TYPED)
        for page in (
            errors.outage,
            errors.csrf_failed,
            errors.forbidden,
            errors.missing,
            errors.bad_request,
            errors.broken,
            errors.too_large,
        ):
            assert page(request).content
        assert errors.too_many(request, 100).content


@pytest.mark.parametrize("language, words", [("en", "en"), ("zh-hans", "zh-Hans")])
def test_an_error_page_speaks_the_language_of_the_request_whatever_was_asked_last(language, words):
    response = errors.outage(RequestFactory().get("/", headers={"accept-language": language}))
    assert f'<html lang="{words}"' in response.content.decode()
    assert response["Content-Language"] == language


# everything else --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "how, status, words",
    [("data", 400, ""), ("bug", 500, ""), ("refused", 422, "No grid is there."), ("conflict", 409, "10:02 张三 dispatched it")],
)
def test_other_failures_have_pages_that_keep_the_text_and_tell_nothing_inside(client, how, status, words):
    response = client.post(f"/fail/{how}/", TYPED)
    html = response.content.decode()
    assert response.status_code == status
    assert words in html
    assert escape(TYPED["text"]) in html
    assert "王某" not in html


def test_an_address_that_is_not_there_is_told(client):
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert response["Cache-Control"] == "no-store"


def test_an_address_opened_the_wrong_way_says_so_and_keeps_its_headers(client):
    response = client.post("/healthz")
    html = response.content.decode()
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"
    assert response["Content-Length"] == str(len(response.content))
    assert "Content-Security-Policy" in response.headers
    assert "nothing was changed" in html or "什么也没有改动" in html


def test_a_nul_byte_in_a_form_is_the_senders_mistake(client):
    assert client.get("/list/?title=%00").status_code == 200
    assert client.get("/list/?state=%00").status_code == 200


def test_a_body_too_large_is_refused_before_anything_reads_it(client, settings):
    class Unread(io.BytesIO):
        def read(self, *args):
            pytest.fail("read")

    request = RequestFactory().post("/echo/", b"", content_type="text/plain")
    request.META |= {"CONTENT_LENGTH": str(errors.body_cap() + 1), "wsgi.input": Unread()}
    from linli.frame.middleware import Outage

    assert Outage(lambda r: pytest.fail("went on"))(request).status_code == 413


def test_a_form_with_too_many_or_too_long_fields_is_413(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    assert client.post("/echo/", {"text": "x" * 200}).status_code == 413
    assert client.post("/echo/", dict.fromkeys("abcdef", "1")).status_code == 413


def test_a_stale_form_comes_back_for_copying_and_is_not_resent():
    response = Client(enforce_csrf_checks=True).post("/echo/", TYPED)
    html = response.content.decode()
    assert response.status_code == 403
    assert escape(TYPED["text"]) in html
    assert 'name="text"' not in html


# each request ---------------------------------------------------------------------------------------------------------------------


def test_each_request_leaves_one_line_without_personal_data(client, log):
    client.post("/echo/?name=王某", TYPED, REMOTE_ADDR="203.0.113.77")
    (line,) = [entry for entry in log if entry["event"] == "request"]
    assert set(line) <= {"event", "log_level", "method", "view", "status", "ms", "request"}
    assert (line["method"], line["status"]) == ("POST", 200)
    assert not any(secret in json.dumps(line, ensure_ascii=False) for secret in ("王某", "203.0.113.77", "138", "灯"))


def test_failures_leave_no_message_of_the_database_in_the_log(client, log):
    client.post("/fail/gone/", TYPED)
    assert "geheim" not in str(log)
    assert [entry["kind"] for entry in log if entry["event"] == "outage"] == ["OperationalError"]


def test_a_bug_is_logged_by_where_it_happened_never_by_what_it_said(client, log, caplog):
    client.post("/fail/bug/", TYPED)
    (entry,) = [entry for entry in log if entry["event"] == "broken"]
    assert entry["kind"] == "RuntimeError"
    assert entry["at"][-1].startswith("site.py:")
    assert "王某" not in str(log) + caplog.text
    assert "/fail/" not in caplog.text  # addresses may hold a follow code


def test_every_answer_carries_its_number_and_errors_show_it(client):
    first, second = client.get("/echo/"), client.get("/nowhere/")
    assert re.fullmatch("[0-9a-f]{16}", first["X-Request-ID"])
    assert first["X-Request-ID"] != second["X-Request-ID"]
    assert second["X-Request-ID"] in second.content.decode()


def test_a_number_sent_by_the_client_is_not_taken_over(client):
    assert client.get("/echo/", headers={"X-Request-ID": "evil\n"})["X-Request-ID"] != "evil\n"


@pytest.mark.parametrize("url", ["/echo/", "/nowhere/", "/fail/gone/", "/fail/bug/"])
def test_every_page_carries_the_security_headers(client, url):
    response = client.get(url)
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "object-src 'none'" in policy
    assert "unsafe" not in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"


def test_scripts_run_only_with_the_nonce_of_this_very_answer(rf):
    from csp.middleware import CSPMiddleware
    from django.http import HttpResponse

    def page(request):
        return HttpResponse(str(request.csp_nonce))

    answers = [CSPMiddleware(page)(rf.get("/")) for _ in range(2)]
    nonces = [a.content.decode() for a in answers]
    assert nonces[0] != nonces[1]
    assert all(f"'nonce-{n}'" in a["Content-Security-Policy"] for n, a in zip(nonces, answers, strict=True))


def test_cookies_are_out_of_scripts_and_other_sites_reach(settings):
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == settings.CSRF_COOKIE_SAMESITE == "Lax"
    settings.SESSION_COOKIE_SECURE = True
    from django.contrib.sessions.backends.cache import SessionStore
    from django.contrib.sessions.middleware import SessionMiddleware
    from django.http import HttpResponse

    request = RequestFactory().get("/")
    request.session = SessionStore()
    request.session["x"] = 1
    cookie = SessionMiddleware(lambda r: HttpResponse()).process_response(request, HttpResponse()).cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["secure"] is True
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Lax"


def test_over_https_cookies_are_secure_and_the_browser_is_told_to_stay():
    import os
    import subprocess
    import sys

    code = "from linli.conf import settings as s; print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 1e7)"
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "LINLI_HTTPS": "1"}, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "True"]
