"""The search for tours: visits are laid into days, then days are bettered by simulated annealing. Flat arrays, see ``jit``.

A day is a row of visits from the start and back. Four changes are tried: a visit or two neighbouring ones elsewhere, two visits changing
places, the rests of two days changing places (with or without turning round), a stretch turned round. A change is weighed by the few
links it cuts; only one that is accepted is looked at whole: which visits may be on which day, and, where ``timed``, whether everybody is met
in their time and the day ends in its own. A day may hold a visit or two too many for a price, or full days could never be bettered; what is
kept as the best holds none.
"""

from __future__ import annotations

from linli.planning.jit import compiled, inlined


@compiled
def in_time(day, row, count, n, far, pace, opens, closes, stays, begin, end):
    """Whether the first ``count`` visits of ``row`` can be made in their order."""
    now = begin
    at = 0
    for z in range(count):
        x = row[z]
        now += far[at * n + x] / pace
        if now < opens[x]:
            now = opens[x]
        if now > closes[x]:
            return False
        now += stays[x]
        at = x
    return now + far[at * n] / pace <= end


@compiled
def lay(order, n, far, group, allowed, days, most, room, route, held, timed, pace, opens, closes, stays, begin, end, row):
    """Put each visit of ``order`` where it lengthens the way least. Gives the first that has no place, or -1."""
    for v in order:
        best = 1e18
        best_day = -1
        best_place = -1
        for k in range(days):
            if held[k] >= room[k] or not allowed[group[v] * days + k]:
                continue
            for p in range(held[k] + 1):
                a = route[k * most + p - 1] if p > 0 else 0
                b = route[k * most + p] if p < held[k] else 0
                longer = far[a * n + v] + far[v * n + b] - far[a * n + b]
                if longer >= best:
                    continue
                if timed:
                    for z in range(p):
                        row[z] = route[k * most + z]
                    row[p] = v
                    for z in range(p, held[k]):
                        row[z + 1] = route[k * most + z]
                    if not in_time(k, row, held[k] + 1, n, far, pace, opens, closes, stays, begin, end):
                        continue
                best = longer
                best_day = k
                best_place = p
        if best_day < 0:
            return v
        k = best_day
        for z in range(held[k], best_place, -1):
            route[k * most + z] = route[k * most + z - 1]
        route[k * most + best_place] = v
        held[k] += 1
    return -1


@compiled
def excess(count, room):
    """Visits beyond what a day holds."""
    return count - room if count > room else 0


@inlined
def part(route, first, low, high, row, count):
    """Put visits ``low`` to ``high`` of the day that begins at ``first`` behind the ``count`` that ``row`` holds. Gives how many it holds then."""
    for z in range(first + low, first + high):
        row[count] = route[z]
        count += 1
    return count


@inlined
def part_back(route, first, low, high, row, count):
    """The same, turned round."""
    for z in range(first + high - 1, first + low - 1, -1):
        row[count] = route[z]
        count += 1
    return count


@inlined
def one_or_two(a, b, size, row, count):
    row[count] = a
    if size == 2:
        row[count + 1] = b
    return count + size


@inlined
def beside(i, j, a, b, x, y, pick, n, far, most, room, route, held, price, limit, row_a, row_b):
    """``i``, or it and the next, beside ``j``. Like the other changes it gives the metres, the visits beyond what days hold, and how many
    visits the rows hold that would become the days; -1 where it isn't worth it."""
    before_i = route[a * most + x - 1] if x > 0 else 0
    beyond = route[a * most + x + 1] if x + 1 < held[a] else 0
    size = 1
    last = i
    if pick >= 0.65 and beyond != 0 and beyond != j:
        size = 2
        last = beyond
        beyond = route[a * most + x + 2] if x + 2 < held[a] else 0
    at = y + 1 if int(pick * 64.0) % 2 == 0 else y
    u = route[b * most + at - 1] if at > 0 else 0
    v = route[b * most + at] if at < held[b] else 0
    if a == b and (u in (i, last) or v in (i, last)):
        return 0.0, 0, -1, -1
    more = 0
    if a != b:
        if held[b] + size > most:
            return 0.0, 0, -1, -1
        more = excess(held[b] + size, room[b]) - excess(held[b], room[b]) + excess(held[a] - size, room[a]) - excess(held[a], room[a])
    gone = far[before_i * n + beyond] - far[before_i * n + i] - far[last * n + beyond] - far[u * n + v]
    change = gone + far[u * n + i] + far[last * n + v]
    first, second = i, last
    if size == 2:
        other = gone + far[u * n + last] + far[i * n + v]
        if other < change:
            change = other
            first, second = last, i
    if change + price * more > limit:
        return 0.0, 0, -1, -1
    if a != b:
        count_a = part(route, a * most, x + size, held[a], row_a, part(route, a * most, 0, x, row_a, 0))
        count_b = one_or_two(first, second, size, row_b, part(route, b * most, 0, at, row_b, 0))
        return change, more, count_a, part(route, b * most, at, held[b], row_b, count_b)
    if at <= x:
        count_a = one_or_two(first, second, size, row_a, part(route, a * most, 0, at, row_a, 0))
        count_a = part(route, a * most, at, x, row_a, count_a)
        return change, more, part(route, a * most, x + size, held[a], row_a, count_a), 0
    count_a = part(route, a * most, x + size, at, row_a, part(route, a * most, 0, x, row_a, 0))
    count_a = one_or_two(first, second, size, row_a, count_a)
    return change, more, part(route, a * most, at, held[a], row_a, count_a), 0


@inlined
def swapped(i, a, b, x, y, pick, n, far, most, route, held, limit, row_a, row_b):
    """``i`` changes places with a neighbour of the visit at ``y``, so that it comes to stand beside that."""
    y = y + 1 if pick < 0.5 else y - 1
    other = route[b * most + y] if 0 <= y < held[b] else 0
    if other == 0 or other == i or (a == b and (x - y == 1 or y - x == 1)):
        return 0.0, -1, -1
    before_i = route[a * most + x - 1] if x > 0 else 0
    after_i = route[a * most + x + 1] if x + 1 < held[a] else 0
    before_o = route[b * most + y - 1] if y > 0 else 0
    after_o = route[b * most + y + 1] if y + 1 < held[b] else 0
    change = (
        far[before_i * n + other] + far[other * n + after_i] - far[before_i * n + i] - far[i * n + after_i]
        + far[before_o * n + i] + far[i * n + after_o] - far[before_o * n + other] - far[other * n + after_o]
    )  # fmt: skip
    if change > limit:
        return 0.0, -1, -1
    count_a = part(route, a * most, 0, held[a], row_a, 0)
    row_a[x] = other
    if a == b:
        row_a[y] = i
        return change, count_a, 0
    count_b = part(route, b * most, 0, held[b], row_b, 0)
    row_b[y] = i
    return change, count_a, count_b


@inlined
def turned(a, x, y, n, far, most, route, held, limit, row_a):
    """The stretch between two visits of a day turned round, so that they come to stand beside each other."""
    low = (x if x < y else y) + 1
    high = y if x < y else x
    if low >= high:
        return 0.0, -1
    p = route[a * most + low - 1]
    u = route[a * most + low]
    v = route[a * most + high]
    q = route[a * most + high + 1] if high + 1 < held[a] else 0
    change = far[p * n + v] + far[u * n + q] - far[p * n + u] - far[v * n + q]
    if change > limit:
        return 0.0, -1
    count = part_back(route, a * most, low, high + 1, row_a, part(route, a * most, 0, low, row_a, 0))
    return change, part(route, a * most, high + 1, held[a], row_a, count)


@inlined
def rests(i, j, a, b, x, y, n, far, most, room, route, held, price, limit, row_a, row_b):
    """Two days change their rests: the first of ``a``, then ``j`` and what follows; the first of ``b``, then the rest of ``a``."""
    count_a = x + 1 + held[b] - y
    count_b = y + held[a] - x - 1
    if count_a > most or count_b > most:
        return 0.0, 0, -1, -1
    before_j = route[b * most + y - 1] if y > 0 else 0
    after_i = route[a * most + x + 1] if x + 1 < held[a] else 0
    more = excess(count_a, room[a]) + excess(count_b, room[b]) - excess(held[a], room[a]) - excess(held[b], room[b])
    change = far[i * n + j] + far[before_j * n + after_i] - far[i * n + after_i] - far[before_j * n + j]
    if change + price * more > limit:
        return 0.0, 0, -1, -1
    part(route, b * most, y, held[b], row_a, part(route, a * most, 0, x + 1, row_a, 0))
    part(route, a * most, x + 1, held[a], row_b, part(route, b * most, 0, y, row_b, 0))
    return change, more, count_a, count_b


@inlined
def crossed(i, j, a, b, x, y, n, far, most, room, route, held, price, limit, row_a, row_b):
    """The first of two days in one, their rests in the other."""
    count_a = x + y + 2
    count_b = held[a] + held[b] - count_a
    if count_a > most or count_b > most:
        return 0.0, 0, -1, -1
    after_i = route[a * most + x + 1] if x + 1 < held[a] else 0
    after_j = route[b * most + y + 1] if y + 1 < held[b] else 0
    more = excess(count_a, room[a]) + excess(count_b, room[b]) - excess(held[a], room[a]) - excess(held[b], room[b])
    change = far[i * n + j] + far[after_i * n + after_j] - far[i * n + after_i] - far[j * n + after_j]
    if change + price * more > limit:
        return 0.0, 0, -1, -1
    part_back(route, b * most, 0, y + 1, row_a, part(route, a * most, 0, x + 1, row_a, 0))
    part(route, b * most, y + 1, held[b], row_b, part_back(route, a * most, x + 1, held[a], row_b, 0))
    return change, more, count_a, count_b


@inlined
def may(row, count, day, days, group, allowed):
    """Whether all of these visits may be on the day."""
    for z in range(count):  # noqa: SIM110  # a generator would have to be compiled
        if not allowed[group[row[z]] * days + day]:
            return False
    return True


@inlined
def settle(row, count, day, most, route, held, day_of, place_of):
    """The day becomes the row."""
    for z in range(count):
        v = row[z]
        route[day * most + z] = v
        day_of[v] = day
        place_of[v] = z
    held[day] = count


@compiled
def improve(
    tries, n, far, near, width, group, allowed, days, most, room, timed, pace, opens, closes, stays, begin, end,
    route, held, day_of, place_of, best, best_held, tally, draws, patience, cool, row_a, row_b,
):  # fmt: skip
    """Try ``tries`` changes. ``tally`` holds metres, the fewest seen, temperature, visits beyond what days hold, and the price of one."""
    metres = tally[0]
    temperature = tally[2]
    over = tally[3]
    price = tally[4]
    for t in range(tries):
        temperature *= cool
        i = 1 + int(draws[3 * t] * (n - 1))
        j = near[i * width + int(draws[3 * t + 1] * width)]
        pick = draws[3 * t + 2] * 4.0
        move = int(pick)
        pick -= move
        a = day_of[i]
        b = day_of[j]
        x = place_of[i]
        y = place_of[j]
        limit = temperature * patience[t]
        change, more, count_a, count_b = 0.0, 0, -1, 0
        if move == 0:
            change, more, count_a, count_b = beside(i, j, a, b, x, y, pick, n, far, most, room, route, held, price, limit, row_a, row_b)
        elif move == 1:
            change, count_a, count_b = swapped(i, a, b, x, y, pick, n, far, most, route, held, limit, row_a, row_b)
        elif a != b:
            if move == 2:
                change, more, count_a, count_b = rests(i, j, a, b, x, y, n, far, most, room, route, held, price, limit, row_a, row_b)
            else:
                change, more, count_a, count_b = crossed(i, j, a, b, x, y, n, far, most, room, route, held, price, limit, row_a, row_b)
        elif move == 3:
            change, count_a = turned(a, x, y, n, far, most, route, held, limit, row_a)
        if count_a < 0:
            continue
        if a != b and not (may(row_a, count_a, a, days, group, allowed) and may(row_b, count_b, b, days, group, allowed)):
            continue
        if timed:
            if not in_time(a, row_a, count_a, n, far, pace, opens, closes, stays, begin, end):
                continue
            if a != b and not in_time(b, row_b, count_b, n, far, pace, opens, closes, stays, begin, end):
                continue
        settle(row_a, count_a, a, most, route, held, day_of, place_of)
        if a != b:
            settle(row_b, count_b, b, most, route, held, day_of, place_of)
        metres += change
        over += more
        if over == 0 and metres < tally[1]:
            tally[1] = metres
            best[:] = route
            best_held[:] = held
    tally[0] = metres
    tally[2] = temperature
    tally[3] = over
