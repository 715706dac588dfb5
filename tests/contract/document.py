"""The application's OpenAPI document, read without a server so that tests can be laid out from it."""

from __future__ import annotations

import json
from typing import Any

from service.app import create_app
from service.site.settings import Settings

APP = create_app(Settings())
DOCUMENT: dict[str, Any] = json.loads(json.dumps(APP.openapi()))
