"""Matters, what brings them, and what is made of their histories."""

from __future__ import annotations

from linli.matters.disputes.models import Agreement, DisputeCourse, Enquiry, Mediator, Obligation, Party  # they name matters
from linli.matters.models.base import Channel, Follower, FoundBy, Ground, Link, Matter, MatterQuerySet, NumberSeries, Reporter, Word
from linli.matters.models.channels import Box, BoxQuerySet, OrderFile, Round, RoundPhoto, Slip, WorkOrder
from linli.matters.models.counting import Course, LearntModel, Notice, Pressing

__all__ = [
    "Agreement",
    "Box",
    "BoxQuerySet",
    "Channel",
    "Course",
    "DisputeCourse",
    "Enquiry",
    "Follower",
    "FoundBy",
    "Ground",
    "LearntModel",
    "Link",
    "Matter",
    "MatterQuerySet",
    "Mediator",
    "Notice",
    "NumberSeries",
    "Obligation",
    "OrderFile",
    "Party",
    "Pressing",
    "Reporter",
    "Round",
    "RoundPhoto",
    "Slip",
    "Word",
    "WorkOrder",
]
