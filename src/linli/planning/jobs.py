"""Work of this room that takes longer than a request."""

from __future__ import annotations

from linli.frame.jobs import Cancelled, Progress, Result, work
from linli.planning.grids import actions
from linli.planning.studies import actions as studies


@work(actions.SEARCH)
def search_grids(progress: Progress, *, alternative: int) -> Result:
    """Look for a division into grids; stopped or broken, only what was asked for is kept."""
    return Result(actions.run_search(progress, alternative))


@work(actions.AGAIN)
def search_grids_again(progress: Progress, *, alternative: int) -> Result:
    """Make a division again and compare."""
    return Result(actions.run_again(progress, alternative))


@work(studies.WORK)
def work_out(progress: Progress, *, study: int) -> Result:
    """What a study asks; stopped, only what was asked is kept."""
    try:
        return Result(studies.run_study(progress, study))
    except Cancelled:
        studies.give_up(study)
        raise


@work(studies.AGAIN)
def work_out_again(progress: Progress, *, study: int) -> Result:
    """Make a study again and compare."""
    return Result(studies.run_again(progress, study))
