"""Every kind of error answer, as the API's document shows it."""

from __future__ import annotations

from typing import Any

import msgspec

Schema = dict[str, Any]


class Refused(msgspec.Struct, frozen=True):
    """One kind of error answer."""

    name: str
    description: str
    code: str
    diagnostics: str
    expression: str | None = None

    @property
    def example(self) -> Schema:
        """Such an answer."""
        issue: Schema = {"severity": "error", "code": self.code, "diagnostics": self.diagnostics}
        if self.expression is not None:
            issue["expression"] = [self.expression]
        return {"resourceType": "OperationOutcome", "issue": [issue]}


ERRORS = {
    400: Refused(
        "Malformed",
        "The call cannot be meant: the outcome names the place and what would have worked.",
        "required",
        "context.patientId is missing: send the patient's FHIR id as a string.",
        "context.patientId",
    ),
    401: Refused(
        "Unproven",
        "Where the operator sets JWT=required, the call does not prove who sends it; at an address for people, nobody "
        "signed in. It never says why; the service's log does.",
        "login",
        "This call needs a bearer token (JWT) that proves who sends it. Ask the operator what is accepted.",
    ),
    403: Refused(
        "NotHere",
        "People cannot sign in at this service, and the call does not come from its own machine.",
        "forbidden",
        "This address answers on the service's own machine only. Elsewhere people have to sign in, which the operator "
        "sets up with HORMONE_CDS_OIDC_ISSUER.",
    ),
    404: Refused(
        "NotFound",
        "There is nothing at this address.",
        "not-found",
        "There is nothing at this address. GET /openapi.json lists every address.",
    ),
    405: Refused(
        "MethodNotAllowed",
        "The address does not answer that method; the Allow header lists those it answers.",
        "not-supported",
        "This address does not answer that method. The Allow header lists those it answers.",
    ),
    408: Refused(
        "TooSlow",
        "The body did not arrive within BODY_TIMEOUT.",
        "timeout",
        "The body did not arrive within 30 seconds. Send it again, or fewer resources in one call.",
    ),
    412: Refused(
        "PrefetchLacking",
        "Required prefetch is lacking: one issue for each key.",
        "required",
        "prefetch.labs was not sent: nothing was evaluated. Send the result of the query that GET /cds-services lists "
        "for it; null says there is none.",
        "prefetch.labs",
    ),
    413: Refused(
        "TooLarge",
        "The body is larger than MAX_BODY, before or after decompression, or holds more resources than MAX_RESOURCES "
        "or more feedback than one call may bring.",
        "too-long",
        "The body is larger than 8000000 bytes. Send fewer resources in one call, or raise HORMONE_CDS_MAX_BODY.",
    ),
    415: Refused(
        "NotJSON",
        "Not JSON in UTF-8, or an unknown Content-Encoding.",
        "not-supported",
        "Send JSON in UTF-8, with the header Content-Type: application/json or application/fhir+json.",
    ),
    422: Refused(
        "Flawed",
        "With `strict=true`: what was sent is not valid FHIR R4, or cannot be judged. One issue for each problem, with "
        "its place as FHIRPath and, as extensions, its line and column. `POST /fhir/$validate` answers the same alone.",
        "code-invalid",
        "FHIR R4 knows no such code here. Send one of: registered, preliminary, final, amended, corrected, cancelled, "
        "entered-in-error, unknown.",
        "Bundle.entry[1].resource.status",
    ),
    429: Refused(
        "TooMany",
        "More calls of one caller than RATE_LIMIT; the Retry-After header says when to try again.",
        "throttled",
        "Too many calls of one caller. Nothing was evaluated. The Retry-After header says when to try again.",
    ),
    500: Refused(
        "Fault",
        "The service itself failed. Nothing was evaluated.",
        "exception",
        "The service failed on this request. Nothing was evaluated. Its log names the place.",
    ),
    503: Refused(
        "Busy",
        "More calls at once than MAX_CONCURRENT, or than can be answered within MAX_WAIT, or the database is away "
        "where there is no answer without it; the Retry-After header says when to try again.",
        "throttled",
        "Too many calls at once. Nothing was evaluated. Try again.",
    ),
}
FHIR_ERRORS = {
    400: Refused(
        "Malformed",
        "The call cannot be meant: the outcome names the parameter and what would have worked.",
        "required",
        "Send exactly one of code (with system), coding and codeableConcept.",
        "code",
    ),
    404: Refused(
        "NotFound",
        "There is nothing with this id, url or code here.",
        "not-found",
        "There is none with this id. A search, as in GET /fhir/ValueSet, lists them.",
    ),
    406: Refused(
        "NotAcceptable",
        "Another format than JSON is asked for.",
        "not-supported",
        "Only JSON is served. Ask with Accept: application/fhir+json or _format=json.",
    ),
}
