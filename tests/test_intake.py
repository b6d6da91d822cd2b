"""What cannot be read is refused at the door, in the reader's language, and nothing is written."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from madang.people.models import Member
from madang.reservation.models import Patient, Reservation
from tests.cast import Enter, Room

FORM = "application/x-www-form-urlencoded"
BOOK = "/reservation/book/"
SENTENCES = {
    ("hana", 400): "요청이 오는 길에 깨졌습니다. 저장하지 않았습니다. 다시 해 주세요.",
    ("emma", 400): "The request was damaged on its way. Nothing was saved. Please try again.",
    ("hana", 413): "저장하지 않았습니다. 더 작게 보내 주세요.",
    ("emma", 413): "Nothing was saved. Please send less.",
    ("hana", 405): "이 주소에서는 이런 요청을 받지 않습니다. 저장하지 않았습니다.",
    ("emma", 405): "This address takes no such request. Nothing was saved.",
}


@pytest.fixture(params=["hana", "emma"])
def reader(request: pytest.FixtureRequest) -> Member:
    member: Member = request.getfixturevalue(request.param)
    return member


def nothing_is_written() -> bool:
    return not (Reservation.objects.exists() or Patient.objects.exists())


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"doctor=1&service=1&time=\xff", FORM),
        (b"doctor=1&service=1&time=%FF", FORM),
        (b"doctor=1&service=1&time=%00", FORM),
        (b"doctor=1&service=1&time=\x00", FORM),
        (b"%00=1", FORM),
        (b"&".join(b"f%d=1" % n for n in range(1001)), FORM),
        (b'--b\r\nContent-Disposition: form-data; name="time"\r\n\r\n\xff\r\n--b--', "multipart"),
        (b"--b\r\nnonsense", "multipart"),
        (b"doctor=x&service=1&time=now", FORM),
        (b"", FORM),
        (b"{}", "application/json"),
    ],
    ids=[
        "not UTF-8",
        "escaped, not UTF-8",
        "escaped NUL",
        "NUL",
        "a name of NUL",
        "too many fields",
        "a part that is not UTF-8",
        "no parts",
        "wrong types",
        "empty",
        "not a form",
    ],
)
def test_a_form_that_makes_no_sense_is_refused(
    room: Room, reader: Member, enter: Enter, body: bytes, content_type: str
) -> None:
    if content_type == "multipart":
        content_type = "multipart/form-data; boundary=b"
    answer = enter(reader).post(BOOK, body, content_type=content_type)
    assert answer.status_code == 400
    assert SENTENCES[reader.handle, 400] in answer.content.decode()
    assert nothing_is_written()


@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=b", "application/json"])
@pytest.mark.parametrize("path", [BOOK, "/api/v1/reservations"])
@pytest.mark.parametrize("size", [settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1, 10 * 1024 * 1024])
def test_too_much_is_refused(
    room: Room, reader: Member, enter: Enter, path: str, kind: str, size: int
) -> None:
    answer = enter(reader).post(path, b"x" * size, content_type=kind)
    sentence = SENTENCES[reader.handle, 413]
    assert answer.status_code == 413
    if path == BOOK:
        assert sentence in answer.content.decode()
    else:
        assert answer.json() == {"code": "too_large", "message": sentence}
    assert nothing_is_written()


@pytest.mark.parametrize("length", ["-1", "x", "1e9", "٣", "9" * 5000])
def test_a_length_that_is_none_is_too_much(client: Client, length: str) -> None:
    answer = client.post("/healthz", b"", content_type=FORM, CONTENT_LENGTH=length)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/reservation/%00/",
        "/reservation/doctors/1/?from=%00",
        "/reservation/doctors/1/?from=%FF",
        "/reservation/mine/?%00=1",
        "/reservation/book/?doctor=1&service=1",
        "/reservation/book/?doctor=1&service=1&time=2027-03-02T10:00:00",
    ],
)
def test_an_address_that_makes_no_sense_is_refused(
    room: Room, reader: Member, enter: Enter, path: str
) -> None:
    answer = enter(reader).get(path)
    assert answer.status_code == 400
    assert SENTENCES[reader.handle, 400] in answer.content.decode()


@pytest.mark.parametrize("day", ["x", "2027-02-30", "9999-12-31", "0000-00-00", "-1"])
@pytest.mark.parametrize("view", ["week", "month"])
def test_a_day_that_is_none_is_refused(
    room: Room, hana: Member, enter: Enter, day: str, view: str
) -> None:
    for path in (f"doctors/{room.doctor.pk}", f"services/{room.service.pk}"):
        answer = enter(hana).get(f"/reservation/{path}/?view={view}&from={day}")
        assert answer.status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("post", "/reservation/", "GET, HEAD"),
        ("put", "/reservation/book/", "GET, HEAD, POST"),
        ("get", "/reservation/doctors/1/keep/", "POST"),
        ("delete", "/", "GET, HEAD"),
    ],
)
def test_a_method_that_is_not_known_is_refused(
    reader: Member, enter: Enter, method: str, path: str, allowed: str
) -> None:
    answer = getattr(enter(reader), method)(path)
    assert (answer.status_code, answer["Allow"]) == (405, allowed)
    assert SENTENCES[reader.handle, 405] in answer.content.decode()


def test_the_api_says_so_in_json(hana: Member, enter: Enter) -> None:
    answer = enter(hana).delete("/api/v1/reservations")
    assert (answer.status_code, set(answer["Allow"].split(", ")), answer.json()) == (
        405,
        {"GET", "POST"},
        {"code": "not_allowed", "message": SENTENCES["hana", 405]},
    )


@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "messages", "madang_known"])
def test_a_cookie_with_nul_is_left_out(db: None, client: Client, name: str) -> None:
    answer = client.get("/reservation/", headers={"cookie": f'{name}="\\000aaaaaaaaaaaaaaaa"'})
    assert (answer.status_code, answer["Location"]) == (302, "/people/login/?next=/reservation/")


def test_a_host_that_is_not_ours_is_refused(client: Client) -> None:
    answer = client.get("/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "evil" not in answer.content.decode()


# Forged or old forms.


@pytest.mark.parametrize(
    "form", [{}, {"csrfmiddlewaretoken": "x" * 64}, {"csrfmiddlewaretoken": "\N{SNOWMAN}"}]
)
@pytest.mark.parametrize("path", [BOOK, "/reservation/doctors/{}/keep/", "/people/language/"])
def test_a_form_without_its_secret_is_refused(
    room: Room, reader: Member, path: str, form: dict[str, str]
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(reader)
    client.get("/")
    answer = client.post(path.format(room.doctor.pk), form)
    sentences = {
        "hana": "뒤로 가서 페이지를 다시 연 다음 해 주세요.",
        "emma": "Please go back, load the page again and repeat it.",
    }
    assert answer.status_code == 403
    assert sentences[reader.handle] in answer.content.decode()
    assert nothing_is_written()


def test_the_api_refuses_a_forged_request_of_a_browser(room: Room, reader: Member) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(reader)
    answer = client.post("/api/v1/reservations", {}, content_type="application/json")
    sentences = {
        "hana": "페이지를 너무 오래 열어 두었습니다. 다시 열어 주세요.",
        "emma": "The form was open for too long. Please load the page again.",
    }
    assert (answer.status_code, answer.json()) == (
        403,
        {"code": "csrf", "message": sentences[reader.handle]},
    )
    assert nothing_is_written()
