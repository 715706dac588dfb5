"""Why a protocol may not be working: an ordered list of what to settle first, the dose last."""
