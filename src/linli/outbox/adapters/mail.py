"""E-mail by SMTP, with the standard library's client."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from linli.outbox.adapters import Adapter, Parcel, Wrong, adapter
from linli.outbox.delivery import Outcome, Result


@adapter("smtp", channels=("mail",))
@dataclass(frozen=True)
class Smtp(Adapter):
    """``security``: tls (from the first byte, usually port 465), starttls (587), or none (a relay of one's own)."""

    host: str = ""
    port: int = 465
    security: str = "tls"
    sender: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 10.0
    ca: str = ""

    def __post_init__(self) -> None:
        if not self.host:
            raise Wrong("host: the mail server's name is wanted")
        if self.security not in ("tls", "starttls", "none"):
            raise Wrong("security: tls, starttls or none is wanted")
        if "@" not in parseaddr(self.sender)[1]:
            raise Wrong("sender: an address is wanted, such as 社区 <community@example.gov.cn>")
        if not 0 < self.port < 65536:
            raise Wrong("port: a port is wanted")
        if not 0 < self.timeout <= 60:
            raise Wrong("timeout: seconds are wanted, at most 60")
        if self.user and self.security == "none":
            raise Wrong("security: a password would go over the wire in clear; tls or starttls is wanted")

    @property
    def longest(self) -> float:
        return self.timeout * 4  # the timeout is of each word of the conversation

    def send(self, parcel: Parcel) -> Outcome:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self.sender, parcel.to, parcel.title
        mail["Date"] = format_datetime(parcel.made_at)
        mail["Message-ID"] = f"<{parcel.uid}@{parseaddr(self.sender)[1].rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(parcel.text)
        return self._talk(lambda server: server.send_message(mail))

    def check(self) -> list[str]:
        outcome = self._talk(lambda server: server.noop())
        return [] if outcome.result is Result.DELIVERED else [f"the mail server doesn't let us in: {outcome.error or outcome.status}"]

    def _talk(self, say) -> Outcome:
        try:
            context = ssl.create_default_context(cafile=self.ca or None)
            if self.security == "tls":
                server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=context)
            else:
                server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
            with server:
                if self.security == "starttls":
                    server.starttls(context=context)
                if self.user:
                    server.login(self.user, self.password)
                say(server)
        except smtplib.SMTPRecipientsRefused as refused:
            return _of_code(min((code for code, _said in refused.recipients.values()), default=550))
        except smtplib.SMTPResponseException as error:
            return _of_code(error.smtp_code, type(error).__name__)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return Outcome(Result.AGAIN, error=type(error).__name__)
        return Outcome(Result.DELIVERED)


def _of_code(code: int, error: str = "Refused") -> Outcome:
    """5xx is for good, anything else for now (RFC 5321); a wrong password is the deployer's to mend, so it is tried again."""
    for_good = 500 <= code < 600 and error != "SMTPAuthenticationError"
    return Outcome(Result.NEVER if for_good else Result.AGAIN, code if 0 <= code < 1000 else None, error)
