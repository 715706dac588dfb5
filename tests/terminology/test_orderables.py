"""A site's own codes for the tests it orders: what the file may hold, and how each mistake is named."""

from __future__ import annotations

import pytest

from terminology.local.orderables import MOST, OrderablesError, read_orderables

KNOWN = frozenset({"58410-2", "2857-1"})
HEAD = "loinc,system,code,display\n"
EPIC = "urn:com.epic.cdshooks.action.code.system.preference-list-item"


def test_a_test_may_have_several_codes_of_several_systems() -> None:
    content = (
        f"{HEAD}58410-2,{EPIC},49765,CBC\n58410-2,https://lab.example/codes,HB1,Blood count\n\n2857-1,{EPIC},7,PSA\n"
    )
    assert read_orderables(content.encode(), KNOWN) == {
        "58410-2": ((EPIC, "49765", "CBC"), ("https://lab.example/codes", "HB1", "Blood count")),
        "2857-1": ((EPIC, "7", "PSA"),),
    }


@pytest.mark.parametrize(
    "system", ["urn:oid:1.2.3", "http://x.example/a", "urn:com.epic.cdshooks.orderset-item", "urn:x.y"]
)
def test_any_absolute_system_passes(system: str) -> None:
    assert read_orderables(f"{HEAD}2857-1,{system},7,PSA".encode(), KNOWN)["2857-1"][0][0] == system


def test_a_file_as_a_spreadsheet_saves_it_is_read() -> None:
    content = f'{HEAD}2857-1 , {EPIC} ,"7","PSA, total"\n'.replace("\n", "\r\n")
    assert read_orderables(content.encode("utf-8-sig"), KNOWN) == {"2857-1": ((EPIC, "7", "PSA, total"),)}


WRONG: dict[str, tuple[str, str]] = {
    "no head": ("2857-1,urn:x.y,7,PSA", "line 1: the columns are loinc,system,code,display"),
    "a cell too few": (f"{HEAD}2857-1,urn:x.y,7", "line 2: 3 cells"),
    "a test nobody orders here": (f"{HEAD}9999-9,urn:x.y,7,X", "line 2: '9999-9' is no LOINC code"),
    "a system that is a name": (f"{HEAD}2857-1,Epic,7,PSA", "line 2: system: write an absolute URI"),
    "a system without host": (f"{HEAD}2857-1,https://,7,PSA", "line 2: system"),
    "no code": (f"{HEAD}2857-1,urn:x.y,,PSA", "line 2: code and display"),
    "a code with stray spaces": (f"{HEAD}2857-1,urn:x.y,7  7,PSA", "line 2: code and display"),
    "no display": (f"{HEAD}2857-1,urn:x.y,7,", "line 2: code and display"),
    "a repeat": (
        f"{HEAD}2857-1,urn:x.y,7,PSA\n2857-1,urn:x.y,7,Other",
        "line 3: the same code stands twice for 2857-1",
    ),
    "an unseen character": (f"{HEAD}2857-1,urn:x.y,7,P\u202eSA", f"line 2: at most {MOST}"),
    "an endless cell": (f"{HEAD}2857-1,urn:x.y,7,{'x' * 201}", f"line 2: at most {MOST}"),
    "an open quote": (f'{HEAD}2857-1,urn:x.y,7,"PSA', "not a CSV file"),
}


@pytest.mark.parametrize(("content", "said"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_named_with_its_line(content: str, said: str) -> None:
    with pytest.raises(OrderablesError) as refused:
        read_orderables(content.encode(), KNOWN)
    assert str(refused.value).startswith(said)


def test_another_encoding_is_refused() -> None:
    with pytest.raises(OrderablesError, match="not a CSV file in UTF-8"):
        read_orderables(f"{HEAD}2857-1,urn:x.y,7,Größe".encode("latin-1"), KNOWN)


def test_an_endless_file_is_refused() -> None:
    with pytest.raises(OrderablesError, match=f"line {MOST + 1}"):
        read_orderables((HEAD + "".join(f"2857-1,urn:x.y,{n},PSA\n" for n in range(MOST))).encode(), KNOWN)
