"""An example object for every address that names one, for the walk over all addresses in ``test_every_url``.

A page with something in its address («/posts/<int:pk>/») gets a function in this folder, under its URL name:

    @example("bodies:seat")
    def _(world):
        return Example({"pk": world.seat("grid-worker", "G11").pk}, path="G11")

``path`` names the place the object belongs to, by its short name in ``World``; all that is asked of a visitor then follows from the
view's rule: without its ability 403, with it but elsewhere 404, with it over the place the page. What doesn't follow from that is said
in the example: ``ability`` (which one the object asks for, where the view names none or several), ``involved`` (seats that take part),
``only`` (a function of the visitor that says whether the object exists for them), ``refused`` (whether the page answers 403). What a page
needs to be sent stands in ``query``; a page without an object in its address has an example only for that.
"""

from tests.examples import boxes, gatherings, house, matters, outside, people, planning  # noqa: F401  # each keeps its own
from tests.examples.base import EXAMPLES, Example
from tests.examples.world import Visitor, World, build_world

__all__ = ["EXAMPLES", "Example", "Visitor", "World", "build_world"]
