"""Cookies that only this service can have written, and that hold no token of anyone's."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from starlette.responses import Response

if TYPE_CHECKING:
    from itsdangerous import URLSafeTimedSerializer

Content = dict[str, Any]


class Cookie:
    """One signed cookie: `name` is part of the signature, so that no cookie passes for another.

    `life` in seconds counts from its writing, whatever the browser keeps. `public_url` is where browsers see this
    service, `below` the part of it that gets the cookie. One that is `framed` is also sent where another site's page
    shows us in a frame, and there is a different one in each such site (CHIPS); browsers do so over https only.
    """

    def __init__(
        self, name: str, key: str, life: int, public_url: str, below: str = "", *, framed: bool = False
    ) -> None:
        site = urlsplit(public_url)
        self.name, self._key, self._life = name, key, life
        self._path, self._secure = f"{site.path}{below}" or "/", site.scheme == "https"
        self._is_framed = framed and self._secure

    def read(self, cookies: Mapping[str, str]) -> Content | None:
        """What we wrote, unless it is changed or too old."""
        from itsdangerous import BadSignature

        try:
            content: Content = self._seal().loads(cookies.get(self.name, ""), max_age=self._life)
        except BadSignature:
            return None
        return content

    def write(self, answer: Response, content: Content) -> None:
        """Send it with an answer."""
        text = self._seal().dumps(content)
        answer.set_cookie(
            self.name,
            text if isinstance(text, str) else text.decode(),
            max_age=self._life,
            path=self._path,
            secure=self._secure,
            httponly=True,
            samesite=self._same_site,
        )
        self._part(answer)

    def forget(self, answer: Response) -> None:
        """Have the browser drop it."""
        answer.delete_cookie(self.name, path=self._path, secure=self._secure, httponly=True, samesite=self._same_site)
        self._part(answer)

    @property
    def _same_site(self) -> Literal["lax", "none"]:
        return "none" if self._is_framed else "lax"

    def _part(self, answer: Response) -> None:
        """Starlette writes `Partitioned` only where Python's cookies know it, from 3.14 on."""
        if self._is_framed:
            name, written = answer.raw_headers[-1]
            answer.raw_headers[-1] = (name, written + b"; Partitioned")

    def _seal(self) -> URLSafeTimedSerializer:
        from itsdangerous import URLSafeTimedSerializer

        how = {"digest_method": sha256, "key_derivation": "hmac"}
        return URLSafeTimedSerializer(self._key, salt=self.name, signer_kwargs=how)
