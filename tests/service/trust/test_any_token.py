"""Whatever is changed in a good token, it is refused; whatever else is sent, nothing but a refusal comes of it."""

from __future__ import annotations

import asyncio
import time
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from service.site.settings import Settings
from service.trust.distrust import Distrust
from service.trust.token import read_token
from service.trust.trusted import trusted
from service.trust.verify import Proven, Verifier
from tests.service.trust.tokens import ISSUER, Signer, key_set

URL = "https://cds.example/cds-services"
DAY = 86_400
CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\0é"


class Known(NamedTuple):
    """A client, who trusts it, and a good token of it."""

    token: str
    verifier: Verifier


def known(algorithm: str) -> Known:
    signer = Signer(algorithm)

    async def fetch(url: str) -> bytes:
        return key_set(signer)

    settings = Settings(
        jwt="required",
        jwt_issuers=(ISSUER,),
        jwt_keys=(f"{ISSUER}=https://client.example/keys",),
        audiences=("https://cds.example",),
        jwt_lifetime=DAY,
    )
    # It holds for longer than any run of the tests takes.
    return Known(signer.token(URL, exp=time.time() + DAY - 60), trusted(settings, fetch))


KNOWN = {algorithm: known(algorithm) for algorithm in ("ES384", "ES256", "RS384", "RS256")}


def verified(verifier: Verifier, token: str) -> Proven:
    return asyncio.run(verifier.verify(token, (URL,)))


@pytest.mark.parametrize("algorithm", KNOWN)
def test_the_token_itself_holds(algorithm: str) -> None:
    token, verifier = KNOWN[algorithm]
    assert verified(verifier, token).caller.issuer == ISSUER


@pytest.mark.parametrize("algorithm", KNOWN)
@trying(deadline=None)
@given(data=st.data())
def test_no_character_of_a_token_can_be_changed(algorithm: str, data: st.DataObject) -> None:
    token, verifier = KNOWN[algorithm]
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from(CHARACTERS).filter(lambda character: character != token[place]))
    with pytest.raises(Distrust):
        verified(verifier, token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize("algorithm", KNOWN)
def test_no_bit_of_the_last_character_is_idle(algorithm: str) -> None:
    token, verifier = KNOWN[algorithm]
    for other in set(CHARACTERS) - {token[-1]}:
        with pytest.raises(Distrust):
            verified(verifier, token[:-1] + other)


@pytest.mark.parametrize("algorithm", KNOWN)
@trying(deadline=None)
@given(data=st.data())
def test_no_character_can_be_added_or_left_out(algorithm: str, data: st.DataObject) -> None:
    token, verifier = KNOWN[algorithm]
    place = data.draw(st.integers(0, len(token) - 1))
    added = data.draw(st.sampled_from(CHARACTERS))
    for changed in (token[:place] + token[place + 1 :], token[:place] + added + token[place:]):
        with pytest.raises(Distrust):
            verified(verifier, changed)


@trying(deadline=None)
@given(
    st.text(max_size=200)
    | st.lists(st.from_regex(r"[\w-]{0,40}", fullmatch=True), min_size=3, max_size=3).map(".".join)
)
def test_any_text_is_refused_without_a_fault(text: str) -> None:
    with pytest.raises(Distrust):
        read_token(text)
