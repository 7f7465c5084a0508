"""Signed notes (C2SP signed-note)."""

from base64 import b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auction.ledger import notes
from auction.ledger.base64strict import encode
from auction.ledger.notes import LogKey, NoteError, Verifier

KEY = LogKey("auction.example/lots/a", Ed25519PrivateKey.from_private_bytes(bytes(32)))
OTHER = LogKey("witness.example", Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32))
TEXT = "第一行\n\nthird line\n"


def refusal(note: str, *verifiers: Verifier) -> str:
    with pytest.raises(NoteError) as caught:
        notes.verify(note, verifiers or [KEY.verifier])
    return caught.value.code


def cosigned(text: str, *keys: LogKey) -> str:
    """One note with the signatures of several keys."""
    return text + "\n" + "".join(key.sign(text).removeprefix(text + "\n") for key in keys)


def test_a_signed_note_opens_to_its_text_and_signer() -> None:
    assert notes.verify(KEY.sign(TEXT), [KEY.verifier]) == (TEXT, (KEY.verifier,))


def test_the_example_of_the_specification_is_well_formed() -> None:
    text, signatures = notes.split(
        "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\n"
        "ed è subito sera.\n\n"
        "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKON"
        "rMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
    )
    assert text.endswith("\n\ned è subito sera.\n")
    assert [(name, key_id.hex()) for name, key_id, _ in signatures] == [
        ("quasimodo.example/salvatore", "367ba04b")
    ]


def test_each_known_signer_is_named() -> None:
    opened = notes.verify(cosigned(TEXT, KEY, OTHER), [OTHER.verifier, KEY.verifier])
    assert opened.signers == (KEY.verifier, OTHER.verifier)


def test_signatures_by_unknown_keys_are_ignored_even_under_a_known_name() -> None:
    namesake = LogKey(KEY.name, Ed25519PrivateKey.from_private_bytes(bytes([2]) * 32))
    note = cosigned(TEXT, namesake, OTHER, KEY)
    assert notes.verify(note, [KEY.verifier]).signers == (KEY.verifier,)


def test_sixteen_signatures_are_accepted_and_a_thousand_are_not() -> None:
    keys = [
        LogKey(
            f"witness{number}.example", Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
        )
        for number in range(1, 16)
    ]
    note = cosigned(TEXT, KEY, *keys)
    assert len(notes.verify(note, [key.verifier for key in keys]).signers) == 15
    line = KEY.sign(TEXT).removeprefix(TEXT + "\n")
    assert refusal(KEY.sign(TEXT) + line * 1000) == "signatures"


def test_a_wrong_signature_by_a_known_key_spoils_the_note() -> None:
    forged = cosigned(TEXT, KEY, OTHER).replace("third", "Third")
    assert refusal(forged) == "signature"
    resigned = OTHER.sign("Third\n") + KEY.sign(TEXT).removeprefix(TEXT + "\n")
    assert refusal(resigned, KEY.verifier, OTHER.verifier) == "signature"


def test_a_note_without_a_known_signature_is_refused() -> None:
    assert refusal(OTHER.sign(TEXT)) == "unsigned"


SIGNED = KEY.sign("text\n")
LINE = SIGNED.split("\n")[2]
VALUE = LINE.split(" ")[2]


@pytest.mark.parametrize(
    ("note", "code"),
    [
        ("", "signatures"),
        ("text\n", "signatures"),
        ("text\n\n", "signatures"),
        (f"text\n{LINE}\n", "signatures"),
        (f"text\n\n{LINE}", "signatures"),
        (f"text\n\n{LINE}\nx\n", "signatures"),
        (f"text\n\n{LINE} x\n", "signatures"),
        (f"text\n\n-{LINE[1:]}\n", "signatures"),
        (f"text\n\n— {KEY.name} {encode(KEY.verifier.key_id)}\n", "signatures"),
        (f"text\n\n— {KEY.name} !!!!\n", "signatures"),
        (f"text\n\n— {KEY.name} é\n", "signatures"),
        (f"text\n\n—  {VALUE}\n", "name"),
        (f"text\n\n— a+b {VALUE}\n", "name"),
        (f"text\n\n— a\u3000b {VALUE}\n", "name"),
        (f"te\txt\n\n{LINE}\n", "control"),
        (f"text\r\n\n{LINE}\n", "control"),
        (f"te\ud800xt\n\n{LINE}\n", "unicode"),
        ("x" * 600_000 + SIGNED, "size"),
    ],
)
def test_a_malformed_note_is_refused_with_a_code(note: str, code: str) -> None:
    assert refusal(note) == code


def test_a_signature_has_one_spelling_in_base64() -> None:
    # 68 bytes leave two unused bits in the character before the padding.
    respelled = VALUE[:-2] + chr(ord(VALUE[-2]) + 1) + "="
    assert b64decode(respelled) == b64decode(VALUE)
    assert refusal(SIGNED.replace(VALUE, respelled)) == "signatures"


def test_only_text_that_can_be_read_back_is_signed() -> None:
    for text, code in [
        ("x", "text"),
        ("", "text"),
        ("a\x00\n", "control"),
        ("\ud800\n", "unicode"),
    ]:
        with pytest.raises(NoteError) as caught:
            KEY.sign(text)
        assert caught.value.code == code


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\x00b"])
def test_a_key_name_has_no_spaces_plus_or_control_characters(name: str) -> None:
    with pytest.raises(NoteError, match=r"^name"):
        Verifier(name, Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key())


def test_a_verifier_string_is_read_back() -> None:
    verifier = Verifier.from_string(KEY.verifier_string())
    assert verifier.to_string() == KEY.verifier_string()
    assert notes.verify(KEY.sign(TEXT), [verifier]).text == TEXT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000",
        KEY.verifier_string().replace("lots/a", "lots/b"),
        KEY.verifier_string()[:-4],
        KEY.verifier_string().upper(),
        f"{KEY.name}+{KEY.verifier.key_id.hex()}+{encode(bytes([2]) + bytes(32))}",
        f"{KEY.name}+{KEY.verifier.key_id.hex()}+{encode(bytes([1]) + bytes(31))}",
    ],
)
def test_a_damaged_verifier_string_is_refused(text: str) -> None:
    with pytest.raises(NoteError, match=r"^key"):
        Verifier.from_string(text)


def test_the_private_key_does_not_show_when_a_log_key_is_printed() -> None:
    assert repr(KEY) == f"LogKey({KEY.verifier_string()!r})"
