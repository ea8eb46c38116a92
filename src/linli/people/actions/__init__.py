"""The only writers of the register: permission first, one transaction, one line of history, and what it replaced kept."""

from linli.people.actions.correcting import correct_person, correct_residence, set_custodian
from linli.people.actions.entering import add_person, enter_birth, enter_household
from linli.people.actions.groups import join_group, leave_group
from linli.people.actions.handing import end_reading, hand_out, open_link, own_numbers, reading
from linli.people.actions.merging import merge_persons, settle_pair
from linli.people.actions.moving import enter_death, move_away, move_within
from linli.people.actions.revealing import unmask
from linli.people.actions.taking_out import ask_takeout, decide_takeout, fetch_takeout, withdraw_takeout
from linli.people.actions.undoing import may_undo, undo
from linli.people.actions.units import end_unit, enter_unit

__all__ = [
    "add_person", "ask_takeout", "correct_person", "correct_residence", "decide_takeout", "end_reading", "end_unit", "enter_birth",
    "enter_death", "enter_household", "enter_unit", "fetch_takeout", "hand_out", "join_group", "leave_group", "may_undo",
    "merge_persons", "move_away", "move_within", "open_link", "own_numbers", "reading", "set_custodian", "settle_pair", "undo", "unmask",
    "withdraw_takeout",
]  # fmt: skip
