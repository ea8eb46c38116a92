"""Which category could it be? Proposed from the words people use, decided by a person.

``grams`` takes a text apart, ``model`` learns and proposes, ``measuring`` says how well: all pure. ``material`` gathers what is learnt
from; ``keeping`` stores the models made at this place and hands out the one that fits the charter in force.
"""
