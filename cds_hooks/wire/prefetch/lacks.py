"""Why a prefetch key tells nothing: clauses that follow its name and repeat nothing that a caller or a server said."""

from __future__ import annotations

from enum import StrEnum


class Lack(StrEnum):
    """Each says what happened, so that who runs the EHR can mend it."""

    NOT_SENT = "was not sent"
    FAILED = "holds the client's own failed query"
    NOT_FHIR = "holds no FHIR resource"
    NOT_ALLOWED = "was not sent, and fhirServer is not one that this service may call"
    NO_TOKEN = "was not sent, and fhirServer came without a fhirAuthorization that can be used"  # noqa: S105
    EXPIRED = "was not sent, and the access token has expired"
    OTHER_PATIENT = "was not sent, and the access token is for another patient"
    SCOPE = "was not sent, and the access token's scope does not cover it"
    UNAUTHORIZED = "was not sent, and the FHIR server did not accept the access token"
    NOT_FOUND = "was not sent, and the FHIR server has nothing at the address of that query"
    BUSY = "was not sent, and the FHIR server is too busy"
    REFUSED = "was not sent, and the FHIR server refused the query"
    UNREACHABLE = "was not sent, and the FHIR server could not be reached"
    SLOW = "was not sent, and the FHIR server did not answer in time"
    UNUSABLE = "was not sent, and the FHIR server's answer was not the FHIR that was asked for"
    TOO_LARGE = "was not sent, and the FHIR server's answer was too large"
