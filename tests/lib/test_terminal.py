"""The terminal's language is read as POSIX says."""

import pytest

from madang.lib import terminal


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "ko"),
        ({"LANG": "C.UTF-8"}, "ko"),
        ({"LANG": "POSIX"}, "ko"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE"}, "en"),
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "ko_KR.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "en_US.UTF-8", "LC_ALL": "ko"}, "ko"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": ""}, "en"),
    ],
)
def test_the_first_variable_that_is_set_decides(environ: dict[str, str], language: str) -> None:
    assert terminal.language(environ, default="ko") == language


def test_without_a_word_it_is_english() -> None:
    assert terminal.language({}) == "en"


def test_sentences_come_from_the_catalogue_of_the_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert terminal.gettext("format the code") == "코드를 다듬습니다"
    assert terminal.in_language("en", "format the code") == "format the code"
    assert terminal.gettext("a sentence that nobody wrote") == "a sentence that nobody wrote"
