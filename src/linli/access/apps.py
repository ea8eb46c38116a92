from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "linli.access"
    label = "access"

    def ready(self) -> None:
        from allauth.account.signals import password_changed
        from django.db.models.signals import post_migrate

        from linli.access import (
            pages,  # noqa: F401  (hands the guard to the frame)
            privileges,
        )
        from linli.access.adapter import MFAAdapter
        from linli.access.keys import SealedWithin, sealed_within
        from linli.access.models import ApiKey
        from linli.places import followers

        followers.add(replaced=lambda change: followers.carry(ApiKey, change))

        # of second factors: the secret of an app, or the seed recovery codes are made from
        sealed_within(SealedWithin("mfa.Authenticator", "data", lambda row: {"secret": MFAAdapter.PLACE, "seed": MFAAdapter.PLACE}))
        # looks are written by linli_look alone
        columns = ("id", "at", "by_id", "subject", "fields", "purpose", "note", "path", "prev", "hash")
        privileges.narrow("access_readlog", select=columns, update=("note",), delete=True)  # the trigger says no, in plain words
        post_migrate.connect(privileges.grant, sender=self, dispatch_uid="linli.access.privileges")

        password_changed.connect(_own_password, dispatch_uid="linli.access.own_password")


def _own_password(sender, user, **kwargs) -> None:
    """A password one chose oneself ends the duty to change the one-time password."""
    if user.must_change_password:
        user.must_change_password = False
        user.save(update_fields=["must_change_password"])
