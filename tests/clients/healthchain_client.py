"""HealthChain's SandboxClient calling a service; run by the interpreter that has HealthChain, not by ours.

Arguments: address of the service, file with the prefetch, and a patient's id to put into the context in place of the
random one that HealthChain makes up. Prints what was sent, what came back, and what HealthChain's own model finds wrong
with that.
"""

from __future__ import annotations

import json
import sys

from healthchain.models import CDSResponse
from healthchain.sandbox import SandboxClient
from pydantic import ValidationError

url, prefetch, *patient = sys.argv[1:]
client = SandboxClient(url, workflow="patient-view")
client.load_from_path(prefetch)
for request in client.requests:
    if patient:
        request.context.patientId = patient[0]
(answer,) = client.send_requests()
(sent,) = client.get_request_data()
try:
    complaints = [] if CDSResponse(**answer) else None
except ValidationError as error:
    complaints = [".".join(map(str, problem["loc"])) for problem in error.errors()]
json.dump({"sent": sent, "answer": answer, "complaints": complaints}, sys.stdout, default=str)
