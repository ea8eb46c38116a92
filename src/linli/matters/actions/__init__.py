"""The only writers of matters. Permission first, one transaction, one history line, effects on commit."""

from linli.matters.actions.desk import attach, correct_matter, decide_public, erase_reporter, reveal_reporter, show_attachment
from linli.matters.actions.following import add_voice, follow_matter, stop_following
from linli.matters.actions.joining import merge_matter, rate_merged, separate_matter
from linli.matters.actions.linking import link_matters, unlink_matters
from linli.matters.actions.noticing import sign_notice, withdraw_notice
from linli.matters.actions.raising import Raised, raise_matter
from linli.matters.actions.reporter import add_word, rate_matter, reopen_by_reporter, withdraw_matter
from linli.matters.actions.rooting import raise_root_cause
from linli.matters.actions.splitting import split_matter, undo_split
from linli.matters.actions.steps import answer_supervision, reopen_matter, take_matter_step, take_matter_steps
from linli.matters.actions.transferring import hand_out_matter, send_back_matter, take_back_matter, transfer_matter

__all__ = [
    "Raised",
    "add_voice",
    "add_word",
    "answer_supervision",
    "attach",
    "correct_matter",
    "decide_public",
    "erase_reporter",
    "follow_matter",
    "hand_out_matter",
    "link_matters",
    "merge_matter",
    "raise_matter",
    "raise_root_cause",
    "rate_matter",
    "rate_merged",
    "reopen_by_reporter",
    "reopen_matter",
    "reveal_reporter",
    "send_back_matter",
    "separate_matter",
    "show_attachment",
    "sign_notice",
    "split_matter",
    "stop_following",
    "take_back_matter",
    "take_matter_step",
    "take_matter_steps",
    "transfer_matter",
    "undo_split",
    "unlink_matters",
    "withdraw_matter",
    "withdraw_notice",
]
