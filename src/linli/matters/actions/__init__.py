"""The only writers of matters. Permission first, one transaction, one history line, effects on commit."""

from linli.matters.actions.desk import attach, correct_matter, decide_public, erase_reporter, reveal_reporter, show_attachment
from linli.matters.actions.following import add_voice, follow_matter, stop_following
from linli.matters.actions.noticing import sign_notice, withdraw_notice
from linli.matters.actions.raising import Raised, raise_matter
from linli.matters.actions.reporter import add_word, rate_matter, reopen_by_reporter, withdraw_matter
from linli.matters.actions.rooting import raise_root_cause
from linli.matters.actions.steps import reopen_matter, take_matter_step, take_matter_steps

__all__ = [
    "Raised",
    "add_voice",
    "add_word",
    "attach",
    "correct_matter",
    "decide_public",
    "erase_reporter",
    "follow_matter",
    "raise_matter",
    "raise_root_cause",
    "rate_matter",
    "reopen_by_reporter",
    "reopen_matter",
    "reveal_reporter",
    "show_attachment",
    "sign_notice",
    "stop_following",
    "take_matter_step",
    "take_matter_steps",
    "withdraw_matter",
    "withdraw_notice",
]
