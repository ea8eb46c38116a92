"""What happened to a place, told to the rooms above inside the same transaction, so that what they keep about it can follow.

A receiver may raise ``django.core.exceptions.ValidationError`` to refuse the act; then nothing of it is saved.
"""

from __future__ import annotations

from django.dispatch import Signal

place_replaced = Signal()  # old, new: Place; day: date. One ended and the other follows it; the paths differ where it moved.
place_ended = Signal()  # place: Place, day: date. Nothing follows it.
