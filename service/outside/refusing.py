"""Why a request to the outside brought nothing; never holds an address, a query, a token or what was answered."""

from __future__ import annotations

from enum import StrEnum


class Why(StrEnum):
    """The reason, as a clause that follows the name of what was wanted."""

    NOT_LISTED = "its server is not one this service may call"
    ADDRESS = "its server's name leads to an address this service may not call"
    UNREACHABLE = "its server could not be reached"
    SLOW = "its server did not answer in time"
    BROKEN = "its server's answer broke off or was not HTTP"
    TOO_LARGE = "its server's answer was too large"
    REDIRECT = "its server pointed to another address, which is not followed"
    STATUS = "its server refused"


class Refused(Exception):
    """Nothing was brought. `status` and `retry_after` (seconds) are set when the server itself refused."""

    def __init__(self, why: Why, status: int | None = None, retry_after: int | None = None) -> None:
        super().__init__(f"{why} (HTTP {status})" if status else str(why))
        self.why = why
        self.status = status
        self.retry_after = retry_after

    @property
    def name(self) -> str:
        """Why, in one word: `slow`; of a refusal its class, as in `status_4xx`."""
        return f"status_{self.status // 100}xx" if self.why is Why.STATUS and self.status else self.why.name.lower()
