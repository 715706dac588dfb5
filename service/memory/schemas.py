"""What is sent to memory's addresses, and what they answer, as the API's document shows it."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

FEEDBACK: Schema = {
    "type": "object",
    "required": ["feedback"],
    "properties": {
        "feedback": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["card", "outcome", "outcomeTimestamp"],
                "properties": {
                    "card": {"type": "string", "minLength": 1, "description": "The card's uuid."},
                    "outcome": {"type": "string", "enum": ["accepted", "overridden"]},
                    "outcomeTimestamp": {"type": "string", "format": "date-time"},
                    "acceptedSuggestions": {
                        "type": ["array", "null"],
                        "items": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
                    },
                    "overrideReason": {
                        "type": ["object", "null"],
                        "properties": {
                            "reason": {
                                "type": ["object", "null"],
                                "properties": {"code": {"type": ["string", "null"]}},
                            },
                            "userComment": {"type": ["string", "null"]},
                        },
                    },
                },
            },
        }
    },
}
FEEDBACK_EXAMPLE: Schema = {
    "feedback": [
        {
            "card": "6f1c0f0e-4a0e-5c3b-9b53-1f8f0b7c2a10",
            "outcome": "overridden",
            "overrideReason": {"reason": {"code": "patient-contraindication"}},
            "outcomeTimestamp": "2026-09-04T15:00:00Z",
        }
    ]
}
RECEIVED: Schema = {
    "title": "FeedbackReceived",
    "description": "How many items were received.",
    "type": "object",
    "required": ["received"],
    "properties": {"received": {"type": "integer", "minimum": 0}},
}
