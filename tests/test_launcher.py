"""The launcher, in a clone of its own, with Pythons and installers made for the purpose."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.clones import PYTHON, ROOT, Clone, make_clone
from tests.processes import children_of, eventually, name_of

IS_DEFAULT = os.path.realpath("/usr/bin/python3") == PYTHON
VENV_PACKAGE = "python3-venv" if IS_DEFAULT else f"python3.{sys.version_info[1]}-venv"

MADE = """\
madang: making the environment, once: 0 packages, about half a minute.
madang: the environment is ready.
"""

STOPPED = (130, ["madang: stopped. Running this again starts afresh."])

BARE = """#!/bin/sh
[ "$1" = -ISc ] && echo "$0" && exit
shift
exec {python} -ISc '
import os, sys, runpy
sys.modules["ensurepip"] = None
os.geteuid = lambda: {user}
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
' "$@"
"""


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """With a Python and an uv that installs nothing."""
    return make_clone(tmp_path)


pytestmark = pytest.mark.once


def test_a_command_runs_in_an_environment_that_is_made_once(clone: Clone) -> None:
    code, out, err = clone.run("manage", "one", "two three")
    [name] = clone.environments()
    environment = clone.folder / "var" / "env" / name
    assert json.loads(out) == {
        "argv": ["one", "two three"],
        "python": str(environment / "bin" / "python"),
        "MADANG_DATA": str(clone.folder / "var"),
        "PYTHONPATH": f"{clone.folder}/src:{clone.folder}",
        "UV_INDEX_URL": None,
        "UV_CACHE_DIR": f"{clone.folder}/var/cache/uv",
    }
    assert (code, name[:5]) == (7, "base-")
    assert err == MADE
    lock, hashed = f"{clone.folder}/requirements/base.txt", "--require-hashes --only-binary :all:"
    made = [
        "--version",
        f"venv --quiet --python {clone.folder}/bin/python3 {environment}",
        f"pip install --quiet --python {environment}/bin/python {hashed} -r {lock}",
    ]
    assert clone.log() == made
    code, _out, err = clone.run()
    assert (code, err, clone.log()) == (7, "", made)


def test_data_may_lie_elsewhere_and_what_the_caller_says_is_passed_on(clone: Clone) -> None:
    elsewhere = clone.folder.parent / "elsewhere"
    _code, out, _err = clone.run(MADANG_DATA=str(elsewhere), UV_INDEX_URL="file:///nowhere")
    told = json.loads(out)
    assert (told["MADANG_DATA"], told["UV_INDEX_URL"]) == (str(elsewhere), "file:///nowhere")
    assert told["python"].startswith(f"{elsewhere}/env/base-")
    assert not (clone.folder / "var").exists()


def test_nothing_is_written_outside_the_data(clone: Clone) -> None:
    before = _files(clone.folder)
    for argv in (["manage"], ["setup", "--system"], ["help"]):
        clone.run(*argv, HOME=str(clone.folder), PYTHONDONTWRITEBYTECODE="1")
    written = _files(clone.folder) - before
    assert {path.relative_to(clone.folder).parts[0] for path in written} == {"var"}
    assert any(path.name.startswith("manage.") for path in written)  # its bytecode


def test_a_folder_that_cannot_be_written_is_named_and_another_asked_for(clone: Clone) -> None:
    (clone.folder / "var").touch()
    code, out, err = clone.run()
    assert (code, out) == (1, "")
    assert err == (
        f"madang: nothing can be written in {clone.folder}/var (Not a directory).\n"
        "Name a folder of yours and start again:  MADANG_DATA=/a/folder ./madang …\n"
    )


def test_the_folder_of_the_clone_may_have_any_name(clone: Clone) -> None:
    moved = clone.folder.rename(clone.folder.parent / '우리 마을\'s "마당" $HOME')
    clone.folder, clone.environ["PATH"] = moved, f"{moved}/bin"
    code, out, err = clone.run("manage", "가 나", LC_ALL="C")
    told = json.loads(out)
    assert (code, told["argv"], told["MADANG_DATA"], err) == (7, ["가 나"], f"{moved}/var", MADE)


def test_an_interruption_ends_the_installation_and_says_so(clone: Clone) -> None:
    started = clone.start(TEST_SLOW="60")
    eventually(lambda: [name_of(child) for child in children_of(started.pid)] == ["sleep"])
    assert _interrupted(started) == STOPPED
    assert clone.run()[0] == 7


def test_an_interruption_of_venv_shows_no_traceback(clone: Clone) -> None:
    clone.program("uv", "#!/bin/sh\nexit 1\n")
    started = clone.start()
    eventually(lambda: list(clone.folder.glob("var/env/*/pyvenv.cfg")))
    assert _interrupted(started) == STOPPED


def test_an_interruption_leaves_nothing_outside_the_data_folder(clone: Clone) -> None:
    """Not even in the folder for temporary files, where ensurepip unpacks its wheels."""
    clone.program("uv", "#!/bin/sh\nexit 1\n")
    outside = clone.folder.parent / "outside"
    outside.mkdir()
    started = clone.start(TMPDIR=str(outside))
    eventually(lambda: list(clone.folder.glob("var/env/*.tmp/*/*.whl")))
    os.killpg(started.pid, signal.SIGKILL)
    started.communicate(timeout=60)
    assert list(outside.iterdir()) == []
    assert clone.run(TMPDIR=str(outside))[0] == 7
    assert list(clone.folder.glob("var/env/*.tmp")) == list(outside.iterdir()) == []


def test_the_programs_of_the_system_need_no_environment(clone: Clone) -> None:
    shutil.copytree(ROOT / "tools", clone.folder / "tools")
    shutil.copytree(ROOT / "src/madang/wire", clone.folder / "src/madang/wire")
    clone.program("python3", BARE.format(python=PYTHON, user=1000))
    code, out, err = clone.run("setup", "--system")
    assert (code, out, clone.environments()) == (1, "", [])
    assert err.startswith("Please run: sudo apt-get update && sudo apt-get install ")


def test_developers_get_an_environment_of_their_own(clone: Clone) -> None:
    clone.run("check")
    assert [name[:4] for name in clone.environments()] == ["dev-"]


@pytest.mark.parametrize("argv", [["--version"], ["help"], ["tset"]])
def test_questions_to_the_launcher_need_no_environment(clone: Clone, argv: list[str]) -> None:
    code, out, err = clone.run(*argv)
    assert (code, bool(out), bool(err)) == (
        (2, False, True) if argv == ["tset"] else (0, True, False)
    )
    assert clone.environments() == []


def test_pythons_that_are_too_old_or_broken_are_passed_over(clone: Clone) -> None:
    clone.program("python3", "#!/bin/sh\nexit 127\n")
    clone.program("python3.13", "#!/bin/sh\nexit 0\n")
    clone.program("python3.12", "#!/bin/sh\necho /no/python\n")
    (clone.folder / "bin" / "python3.11").symlink_to(PYTHON)
    assert clone.run()[0] == 7


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("C.UTF-8", "Python 3.11 or later is needed, and PATH has none."),
        ("ko_KR.UTF-8", "Python 3.11 이상이 필요하지만 PATH에서 찾지 못했습니다."),
    ],
)
def test_without_a_python_it_says_which_is_needed(
    clone: Clone, language: str, sentence: str
) -> None:
    (clone.folder / "bin" / "python3").unlink()
    assert clone.run(LANG=language) == (1, "", f"madang: {sentence}\n")


def test_a_new_lock_replaces_the_environment(clone: Clone) -> None:
    clone.run()
    before = clone.environments()
    (clone.folder / "requirements" / "base.txt").write_text("# something else\n", "utf-8")
    clone.run()
    after = clone.environments()
    assert (len(before), len(after), before == after) == (1, 1, False)


def test_an_environment_in_use_is_not_removed(clone: Clone) -> None:
    running = clone.start("manage", "wait")
    assert running.stdout is not None
    running.stdout.readline()
    lock = clone.folder / "requirements" / "base.txt"
    lock.write_text("# something else\n", "utf-8")
    clone.run()
    assert len(clone.environments()) == 2
    running.communicate("", timeout=60)
    lock.write_text("# and again\n", "utf-8")
    clone.run()
    assert len(clone.environments()) == 1


def test_an_interrupted_installation_is_made_again(clone: Clone) -> None:
    first = clone.start(TEST_SLOW="60")
    eventually(lambda: any(line.startswith("pip") for line in clone.log()))
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    [name] = clone.environments()
    assert not (clone.folder / "var/env" / name / "ready").exists()
    (clone.folder / "var/env" / name / "left over").touch()
    assert clone.run()[0] == 7
    assert not (clone.folder / "var/env" / name / "left over").exists()


def test_of_two_starts_at_once_one_installs_and_one_waits(clone: Clone) -> None:
    both = [clone.start(TEST_SLOW="1") for _ in range(2)]
    said = sorted(started.communicate(timeout=60)[1] for started in both)
    assert [started.returncode for started in both] == [7, 7]
    assert sum(line.startswith("venv") for line in clone.log()) == 1
    assert said == [
        MADE,
        "madang: waiting for another start to finish.\n",
    ]


def test_an_environment_whose_python_has_gone_is_made_again(clone: Clone) -> None:
    clone.run()
    [name] = clone.environments()
    python = clone.folder / "var/env" / name / "bin/python"
    python.unlink()
    python.symlink_to("/no/python")
    assert clone.run()[0] == 7


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en_GB.UTF-8", "one package is missing. Install it and start again:"),
        ("ko_KR.UTF-8", "패키지 하나가 없습니다. 설치한 뒤 다시 실행하세요."),
    ],
)
def test_without_ensurepip_a_member_is_told_the_one_command(
    clone: Clone, language: str, sentence: str
) -> None:
    clone.program("uv", "#!/bin/sh\nexit 1\n")
    clone.program("python3", BARE.format(python=PYTHON, user=1000))
    clone.program("apt-get", "#!/bin/sh\nexit 99\n")
    code, out, err = clone.run(LANG=language)
    assert (code, out, err) == (
        1,
        "",
        f"madang: {sentence}\n\n  sudo apt-get install {VENV_PACKAGE}\n\n",
    )


def test_without_ensurepip_and_apt_it_says_what_is_missing(clone: Clone) -> None:
    clone.program("uv", "#!/bin/sh\nexit 1\n")
    clone.program("python3", BARE.format(python=PYTHON, user=0))
    code, _out, err = clone.run()
    assert (code, err) == (
        1,
        f"madang: {PYTHON} has no ensurepip; install your system's package of it.\n",
    )


def test_root_without_ensurepip_gets_the_package_and_then_pip_installs(clone: Clone) -> None:
    log = clone.environ["TEST_LOG"]
    clone.program("uv", "#!/bin/sh\nexit 1\n")
    clone.program("python3", BARE.format(python=PYTHON, user=0))
    clone.program("apt-get", f'#!/bin/sh\necho "apt-get $*" >> {log}\n')
    _wheel(clone)
    code, _out, err = clone.run(PIP_NO_INDEX="1", PIP_FIND_LINKS=str(clone.folder))
    assert err.splitlines() == [
        f"madang: installing {VENV_PACKAGE}.",
        "madang: making the environment, once: 1 packages, about half a minute.",
        "madang: installing what was fetched.",
        "madang: the environment is ready.",
    ]
    install = f"apt-get install -qq -y --no-install-recommends {VENV_PACKAGE}"
    assert (code, clone.log()[-1]) == (7, install), err
    [name] = clone.environments()
    assert list((clone.folder / "var/env" / name).rglob("straw.py"))


def test_what_does_not_have_the_locked_hash_is_refused(clone: Clone) -> None:
    clone.environ["TEST_FAILS"] = "1"
    _wheel(clone)
    wheel = clone.folder / "straw-1-py3-none-any.whl"
    wheel.write_bytes(wheel.read_bytes() + b"tampered with")
    code, out, err = clone.run(PIP_NO_INDEX="1", PIP_FIND_LINKS=str(clone.folder))
    assert (code, out) == (1, "")
    assert "uv could not do it; trying pip." in err
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in err
    assert "Running this again starts afresh." in err
    clone.environ["TEST_FAILS"] = "0"
    assert clone.run()[0] == 7


def _interrupted(started: subprocess.Popen[str]) -> tuple[int, list[str]]:
    """Exit code and what was said after the announcement, when Ctrl-C was pressed now."""
    os.killpg(started.pid, signal.SIGINT)
    _out, err = started.communicate(timeout=60)
    return started.returncode, err.splitlines()[1:]


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def _wheel(clone: Clone) -> None:
    """A package of one empty module, and a lock that names it."""
    path = clone.folder / "straw-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("straw.py", "")
        wheel.writestr(
            "straw-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: straw\nVersion: 1\n"
        )
        wheel.writestr("straw-1.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("straw-1.dist-info/RECORD", "")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    lock = clone.folder / "requirements" / "base.txt"
    lock.write_text(f"straw==1 --hash=sha256:{digest}\n", "utf-8")
