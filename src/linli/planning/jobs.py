"""Work of this room that takes longer than a request."""

from __future__ import annotations

from linli.frame.jobs import Cancelled, Progress, Result, work
from linli.planning.grids import actions


@work(actions.SEARCH)
def search_grids(progress: Progress, *, alternative: int) -> Result:
    """Look for a division into grids; stopped or broken, nothing of it is kept."""
    try:
        return Result(actions.run_search(progress, alternative))
    except Cancelled:
        actions.give_up(alternative)
        raise


@work(actions.AGAIN)
def search_grids_again(progress: Progress, *, alternative: int) -> Result:
    """Make a division again and compare."""
    return Result(actions.run_again(progress, alternative))
