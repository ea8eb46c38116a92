"""The calendar file, as RFC 5545 asks for it."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from linli.gatherings.ics import Entry, calendar

AT = datetime(2026, 11, 16, 1, tzinfo=UTC)


def entry(**more) -> Entry:
    given = {
        "uid": "u@linli", "summary": "联席会: 楼道", "starts_at": AT, "ends_at": AT.replace(hour=2), "location": "都兰社区 会议室",
        "url": "https://example.org/gatherings/1/", "changed_at": AT, "sequence": 3,
    }  # fmt: skip
    return Entry(**{**given, **more})


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def test_what_stands_in_it():
    lines = unfolded(calendar(entry(text="1. 通报;办法\n2. 表决", off=True)))
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    for line in ("DTSTART:20261116T010000Z", "DTEND:20261116T020000Z", "SEQUENCE:3", "STATUS:CANCELLED", "UID:u@linli"):
        assert line in lines
    assert r"DESCRIPTION:1. 通报\;办法\n2. 表决" in lines


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_breaks_out_of_its_line_and_no_line_is_too_long(summary, text):
    file = calendar(entry(summary=summary, text=text))
    assert all(len(line.encode()) <= 75 for line in file.split("\r\n"))
    assert not any("\n" in line or "\r" in line for line in file.split("\r\n"))
    names = [line.partition(":")[0] for line in unfolded(file) if line]
    assert names.count("SUMMARY") == names.count("BEGIN") / 2 == 1
    assert set(names) <= {
        "BEGIN", "VERSION", "PRODID", "CALSCALE", "METHOD", "UID", "DTSTAMP", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "LOCATION",
        "DESCRIPTION", "URL", "STATUS", "END",
    }  # fmt: skip
