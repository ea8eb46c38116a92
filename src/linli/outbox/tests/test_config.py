"""What outbox.toml and the environment can say, and what is told of mistakes in them."""

from __future__ import annotations

import pytest

from linli.outbox.config import BadConfig, config, is_on


def test_without_a_file_every_channel_writes_to_one(outbox, tmp_path):
    (tmp_path / "outbox.toml").unlink()
    assert set(config().ways) == {"webhook", "sms", "wechat", "mail"}
    assert not any(way.goes_out for way in config().ways.values())


def test_a_channel_can_be_off(outbox):
    outbox('[sms]\nadapter = "off"')
    assert not is_on("sms")
    assert is_on("webhook")


def test_a_channel_that_is_wrong_is_off_and_says_why_and_the_others_go_on(outbox):
    outbox('[sms]\nadapter = "sms-http"\nurl = "http://x.example"')
    assert not is_on("sms")
    assert is_on("webhook")
    assert config().wrong["sms"].startswith("[sms] url: an https address")


def test_the_environment_wins_and_holds_secrets(outbox, monkeypatch):
    outbox('[wechat]\nadapter = "wechat"\napp_id = "x"\nsecret = "env:WX"\n[wechat.templates]\n"matters.answered" = "T"')
    assert "the environment has no WX" in config().wrong["wechat"]
    monkeypatch.setenv("WX", "hush")
    outbox('keep_days = 7\n[wechat]\nadapter = "wechat"\napp_id = "x"\nsecret = "env:WX"\n[wechat.templates]\n"matters.answered" = "T"')
    assert config().ways["wechat"].secret == "hush"
    assert "hush" not in repr(config().ways)
    monkeypatch.setenv("LINLI_OUTBOX_WECHAT_APP_ID", "y")
    monkeypatch.setenv("LINLI_OUTBOX_KEEP_DAYS", "9")
    monkeypatch.setenv("LINLI_OUTBOX_PAUSES", "1,2,3")
    assert config().ways["wechat"].app_id == "y"
    assert (config().keep_days, config().pauses) == (9, (1.0, 2.0, 3.0))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("this is no toml", "outbox.toml: "),
        ("smss = 1", "'smss' is none of"),
        ('url = "linli"', "url: the site's address"),
        ("keep_days = 0", "keep_days"),
        ("keep_days = true", "keep_days"),
        ("pauses = [10, 5]", "pauses: seconds that grow"),
        ("pauses = []", "pauses"),
        ('lease = "x"', "lease"),
        ('lease = 10\n[webhook]\nadapter = "webhook"', "lease: longer than an attempt by webhook"),
    ],
)
def test_a_mistake_in_the_whole_is_said(outbox, text, said):
    outbox(text)
    with pytest.raises(BadConfig, match=said):
        config()
    assert not is_on("sms")


def test_a_change_counts_at_once(outbox):
    assert is_on("sms")
    outbox('[sms]\nadapter = "off"  # longer')
    assert not is_on("sms")
