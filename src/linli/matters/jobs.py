"""What happens at night: proposing categories is learnt anew, with what this place has closed meanwhile."""

from __future__ import annotations

from procrastinate.contrib.django import app

from linli.frame.jobs import beat


@app.periodic(cron="20 18 * * *")
@app.task(name="matters.learn", queueing_lock="matters.learn")
def learn_categories(timestamp: int) -> None:
    """Twenty past two at night in China (the schedule counts in UTC)."""
    from linli.matters.suggest.keeping import train

    train()
    beat("learn")
