"""Further processes: in order, every piece once, nothing of the work in what is said of a failure, and gone when nobody holds them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from linli.kit.hands import WORTH, Dropped, hands, mapped


def doubler():
    return lambda n: (n * 2, os.getpid())


def breaker():
    def work(text):
        raise ValueError(text)

    return work


@pytest.mark.parametrize("count", [0, 1, 2])
def test_every_piece_comes_back_once_and_in_order(count):
    found = list(mapped(doubler, range(25), count))
    assert [n for n, _pid in found] == [n * 2 for n in range(25)]
    assert len({pid for _n, pid in found} - {os.getpid()}) == count


def test_nothing_to_do_is_done():
    assert list(mapped(doubler, [], 2)) == []


def test_a_failure_names_what_kind_and_where_and_not_what_it_was_at():
    with pytest.raises(Dropped, match="ValueError at work:") as error:
        list(mapped(breaker, ["150201200001011234"], 1))
    assert "1502" not in str(error.value)


def test_a_hand_that_is_killed_is_a_failure():
    with closing(mapped(doubler, iter(range(100)), 1)) as found:
        _n, pid = next(found)
        os.kill(pid, 9)
        with pytest.raises((Dropped, BrokenPipeError)):
            list(found)


def test_whoever_stops_in_the_middle_leaves_no_process():
    with closing(mapped(doubler, iter(range(1000)), 2)) as found:
        pids = [next(found)[1], next(found)[1]]
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_hands_end_when_the_process_they_serve_is_killed():
    ours = (
        "from linli.kit.hands import mapped\nfrom linli.kit.tests.test_hands import doubler\nimport time\n"
        "found = mapped(doubler, iter(range(9)), 1)\nprint(next(found)[1], flush=True)\ntime.sleep(60)"
    )
    served = subprocess.Popen([sys.executable, "-c", ours], stdout=subprocess.PIPE, text=True)
    assert served.stdout is not None
    pid = int(served.stdout.readline())
    served.kill()
    served.communicate()
    until = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" and time.monotonic() < until:
        time.sleep(0.05)
    assert time.monotonic() < until


def test_few_rows_need_no_hands():
    assert hands(WORTH - 1) == 0
