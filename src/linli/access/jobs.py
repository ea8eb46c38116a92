"""What happens at night."""

from __future__ import annotations

from procrastinate.contrib.django import app

from linli.access import retention
from linli.frame.jobs import beat


@app.periodic(cron="50 18 * * *")
@app.task(name="access.retain", queueing_lock="access.retain")
def retain(timestamp: int) -> None:
    """Ten to three at night in China: what has been kept for its time is let go."""
    retention.apply()
    beat("retain")
