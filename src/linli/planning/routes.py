"""The search for tours: visits are laid into days, then days are bettered by simulated annealing. Flat arrays, see ``jit``.

A day is a row of visits from the start and back. Four changes are tried: a visit or two neighbouring ones elsewhere, two visits changing
places, the rests of two days changing places (with or without turning round), a stretch turned round. A change is weighed by the few
links it cuts; only one that is accepted is looked at whole: which visits may be on which day, and, where ``timed``, whether everybody is met
in their time and the day ends in its own. A day may hold a visit or two too many for a price, or full days could never be bettered; what is
kept as the best holds none.
"""

from __future__ import annotations

from linli.planning.jit import compiled


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
        before_i = route[a * most + x - 1] if x > 0 else 0
        after_i = route[a * most + x + 1] if x + 1 < held[a] else 0
        before_j = route[b * most + y - 1] if y > 0 else 0
        after_j = route[b * most + y + 1] if y + 1 < held[b] else 0
        limit = temperature * patience[t]
        count_a = 0
        count_b = 0
        change = 0.0
        more = 0
        if move == 0:  # i, or i and the next, beside j
            size = 1
            last = i
            beyond = after_i
            if pick >= 0.65 and after_i != 0 and after_i != j:
                size = 2
                last = after_i
                beyond = route[a * most + x + 2] if x + 2 < held[a] else 0
            behind = int(pick * 64.0) % 2 == 0
            if behind:
                u = j
                v = after_j
            else:
                u = before_j
                v = j
            if a == b and (u in (i, last) or v in (i, last)):
                continue
            if a != b:
                if held[b] + size > most:
                    continue
                more = (
                    excess(held[b] + size, room[b]) - excess(held[b], room[b]) + excess(held[a] - size, room[a]) - excess(held[a], room[a])
                )
            gone = far[before_i * n + beyond] - far[before_i * n + i] - far[last * n + beyond] - far[u * n + v]
            change = gone + far[u * n + i] + far[last * n + v]
            turned = False
            if size == 2:
                other = gone + far[u * n + last] + far[i * n + v]
                if other < change:
                    change = other
                    turned = True
            if change + price * more > limit:
                continue
            for z in range(held[a]):  # what stays of a
                if z < x or z >= x + size:
                    if a == b and not behind and route[a * most + z] == j:
                        row_a[count_a] = last if turned else i
                        count_a += 1
                        if size == 2:
                            row_a[count_a] = i if turned else last
                            count_a += 1
                    row_a[count_a] = route[a * most + z]
                    count_a += 1
                    if a == b and behind and route[a * most + z] == j:
                        row_a[count_a] = last if turned else i
                        count_a += 1
                        if size == 2:
                            row_a[count_a] = i if turned else last
                            count_a += 1
            if a != b:
                at = y + 1 if behind else y
                for z in range(held[b] + 1):
                    if z == at:
                        row_b[count_b] = last if turned else i
                        count_b += 1
                        if size == 2:
                            row_b[count_b] = i if turned else last
                            count_b += 1
                    if z < held[b]:
                        row_b[count_b] = route[b * most + z]
                        count_b += 1
        elif move == 1:  # i changes places with a neighbour of j, so that it comes to stand beside j
            other = after_j if pick < 0.5 else before_j
            if other == 0 or other == i:
                continue
            y = y + 1 if pick < 0.5 else y - 1
            if a == b and (x - y == 1 or y - x == 1):
                continue
            before_o = route[b * most + y - 1] if y > 0 else 0
            after_o = route[b * most + y + 1] if y + 1 < held[b] else 0
            change = (
                far[before_i * n + other] + far[other * n + after_i] - far[before_i * n + i] - far[i * n + after_i]
                + far[before_o * n + i] + far[i * n + after_o] - far[before_o * n + other] - far[other * n + after_o]
            )  # fmt: skip
            if change > limit:
                continue
            for z in range(held[a]):
                row_a[z] = route[a * most + z]
            count_a = held[a]
            row_a[x] = other
            if a == b:
                row_a[y] = i
            else:
                for z in range(held[b]):
                    row_b[z] = route[b * most + z]
                count_b = held[b]
                row_b[y] = i
        elif a == b and move == 3:  # the stretch between them turned round, so that they come to stand beside each other
            low = x if x < y else y
            high = y if x < y else x
            low += 1
            if low >= high:
                continue
            p = route[a * most + low - 1]
            u = route[a * most + low]
            v = route[a * most + high]
            q = route[a * most + high + 1] if high + 1 < held[a] else 0
            change = far[p * n + v] + far[u * n + q] - far[p * n + u] - far[v * n + q]
            if change > limit:
                continue
            for z in range(held[a]):
                row_a[z] = route[a * most + (low + high - z if low <= z <= high else z)]
            count_a = held[a]
        elif a != b and move == 2:  # the first of a, then j and its rest; the first of b, then the rest of a
            count_a = x + 1 + held[b] - y
            count_b = y + held[a] - x - 1
            if count_a > most or count_b > most:
                continue
            more = excess(count_a, room[a]) + excess(count_b, room[b]) - excess(held[a], room[a]) - excess(held[b], room[b])
            change = far[i * n + j] + far[before_j * n + after_i] - far[i * n + after_i] - far[before_j * n + j]
            if change + price * more > limit:
                continue
            for z in range(x + 1):
                row_a[z] = route[a * most + z]
            count_a = x + 1
            for z in range(y, held[b]):
                row_a[count_a] = route[b * most + z]
                count_a += 1
            for z in range(y):
                row_b[z] = route[b * most + z]
            count_b = y
            for z in range(x + 1, held[a]):
                row_b[count_b] = route[a * most + z]
                count_b += 1
        elif a != b:  # the first of both in one day, the rests of both in the other
            count_a = x + y + 2
            count_b = held[a] + held[b] - count_a
            if count_a > most or count_b > most:
                continue
            more = excess(count_a, room[a]) + excess(count_b, room[b]) - excess(held[a], room[a]) - excess(held[b], room[b])
            change = far[i * n + j] + far[after_i * n + after_j] - far[i * n + after_i] - far[j * n + after_j]
            if change + price * more > limit:
                continue
            for z in range(x + 1):
                row_a[z] = route[a * most + z]
            count_a = x + 1
            count_b = 0
            for z in range(y, -1, -1):
                row_a[count_a] = route[b * most + z]
                count_a += 1
            for z in range(held[a] - 1, x, -1):
                row_b[count_b] = route[a * most + z]
                count_b += 1
            for z in range(y + 1, held[b]):
                row_b[count_b] = route[b * most + z]
                count_b += 1
        else:
            continue
        if a != b:
            fits = True
            for z in range(count_a):
                if not allowed[group[row_a[z]] * days + a]:
                    fits = False
                    break
            if fits:
                for z in range(count_b):
                    if not allowed[group[row_b[z]] * days + b]:
                        fits = False
                        break
            if not fits:
                continue
        if timed:
            if not in_time(a, row_a, count_a, n, far, pace, opens, closes, stays, begin, end):
                continue
            if a != b and not in_time(b, row_b, count_b, n, far, pace, opens, closes, stays, begin, end):
                continue
        for z in range(count_a):
            v = row_a[z]
            route[a * most + z] = v
            day_of[v] = a
            place_of[v] = z
        held[a] = count_a
        if a != b:
            for z in range(count_b):
                v = row_b[z]
                route[b * most + z] = v
                day_of[v] = b
                place_of[v] = z
            held[b] = count_b
        metres += change
        over += more
        if over == 0 and metres < tally[1]:
            tally[1] = metres
            best[:] = route
            best_held[:] = held
    tally[0] = metres
    tally[2] = temperature
    tally[3] = over
