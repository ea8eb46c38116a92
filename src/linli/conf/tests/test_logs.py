import io
import json
import logging

import pytest
import structlog


@pytest.fixture
def written():
    """What the root's handler writes, line by line."""
    [handler] = [h for h in logging.getLogger().handlers if isinstance(h.formatter, structlog.stdlib.ProcessorFormatter)]
    stream, kept = io.StringIO(), handler.stream
    handler.setStream(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    handler.setStream(kept)


def test_an_exception_is_logged_by_place_without_its_message(written):
    try:
        raise ValueError("Key (phone)=(13800000000) already exists")
    except ValueError:
        logging.getLogger("linli.test").exception("failed")
    [line] = written()
    assert line["error"] == ["ValueError"]
    assert any("test_logs.py" in place for place in line["at"])
    assert "1380" not in json.dumps(line)


def test_an_address_asked_for_is_not_logged(written):
    logging.getLogger("django.request").error("Not Found: %s", "/f/7KQF-M2XD-9PWA/", extra={"status_code": 404})
    [line] = written()
    assert line["event"] == "status 404"
    assert "7KQF" not in json.dumps(line)
