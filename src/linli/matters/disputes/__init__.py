"""Disputes 矛盾纠纷 and their mediation 人民调解: a matter whose work runs through the charter's procedure ``mediation``.

The steps are the charter's; here is what a mediation keeps beside them: the sides, who mediates, what was agreed on, what of it was done.
"""

PROCEDURE = "mediation"
MEDIATE, CONFIRM, PERFORM = "mediate", "confirm", "perform"
"""The steps of that procedure at which something here is owed."""

BOUND = frozenset({CONFIRM, PERFORM, "unperformed"})
"""Its steps while an agreement is in force: it binds the sides, and nobody leaves it any more (People's Mediation Law, art. 31)."""

PERFORMED = "performed"
"""The end of one that was kept to the last thing."""

BODY = "mediation"
"""The kind of body that a mediation committee is."""
