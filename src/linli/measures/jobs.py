"""Figures follow the records without anybody asking."""

from __future__ import annotations

from django.db import OperationalError
from procrastinate.contrib.django import app

from linli.frame.jobs import beat
from linli.measures.actions import compute_measures
from linli.measures.declare import counted


@app.periodic(cron="*/5 * * * *")
@app.task(name="measures.compute", queueing_lock="measures.compute")
def compute(timestamp: int) -> None:
    """Every five minutes. Where somebody is writing a lot at once it is left to the next run."""
    try:
        compute_measures()
    except OperationalError as error:
        if "lock timeout" not in str(error):
            raise
        return
    beat("measures")
    counted.send(sender=compute_measures)
