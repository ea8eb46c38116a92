"""Visitors of pages, and what they send."""

from __future__ import annotations

import uuid

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def told(**more):
    """What a resident's form sends."""
    return {"request_id": str(uuid.uuid4()), "text": "5号楼北门垃圾堆了三天没人清", "who": "named", "place": "150204006019", **more}


def upload(content: bytes, name: str = "a.jpg", mime: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, mime)
