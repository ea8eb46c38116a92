"""How far the points of a network are from the nearest of some, compiled: flat arrays, see ``jit``.

Points wait in two piles, those within ``limit`` and those beyond. The near ones are settled in any order, each again whenever a shorter way to
it is found; then the limit moves on by ``step``. It ends at the same least sums as a search in strict order, without keeping one: with
short, alike ways a point is hardly ever settled twice.
"""

from __future__ import annotations

from linli.planning.jit import compiled


@compiled
def spread(begins, ends, lengths, far, most, step, near, later, waits):
    """Lower ``far`` (metres of each point; the sites' are given, the rest infinite) to what they are along the ways, up to ``most``.

    ``ends[begins[p]:begins[p + 1]]`` are the points one way from ``p``. ``near``, ``later`` and ``waits`` are room for one entry a point,
    ``waits`` all 0: 1 among the near, 2 among the later ones.
    """
    count = len(far)
    limit = step
    fresh = 0
    stale = 0
    for p in range(count):
        if far[p] < 1e300 and far[p] <= most:
            waits[p] = 2
            later[stale] = p
            stale += 1
    while stale:
        kept = 0
        for n in range(stale):
            p = later[n]
            if waits[p] != 2:
                continue
            if far[p] <= limit:
                waits[p] = 1
                near[fresh] = p
                fresh += 1
            else:
                later[kept] = p
                kept += 1
        stale = kept
        while fresh:
            fresh -= 1
            p = near[fresh]
            waits[p] = 0
            for e in range(begins[p], begins[p + 1]):
                q = ends[e]
                metres = far[p] + lengths[e]
                if metres < far[q] and metres <= most:
                    far[q] = metres
                    if metres <= limit:
                        if waits[q] != 1:
                            waits[q] = 1
                            near[fresh] = q
                            fresh += 1
                    elif waits[q] == 0:
                        waits[q] = 2
                        later[stale] = q
                        stale += 1
        limit += step
