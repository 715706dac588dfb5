"""Resources as JSON again: the fields that some reader uses, each as it came, and no others."""

from __future__ import annotations

from typing import Any

import msgspec


def written(value: Any) -> Any:
    """A decoded value as what JSON is written from; read again it is the same value."""
    if isinstance(value, msgspec.Struct):
        names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
        told = ((encoded, getattr(value, name)) for encoded, name in names)
        return {name: written(one) for name, one in told if not _is_absent(one)}
    return [written(one) for one in value] if isinstance(value, list) else value


def _is_absent(value: Any) -> bool:
    return value is None or (isinstance(value, msgspec.Raw) and not bytes(value))
