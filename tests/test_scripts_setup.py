"""What scripts/test and scripts/demo do before Python runs, on a machine made of stubs: each logs its arguments."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent
TOOLS = [
    "bash",
    "cat",
    "cp",
    "cut",
    "dirname",
    "env",
    "find",
    "flock",
    "mkdir",
    "rm",
    "sed",
    "sha256sum",
    "sleep",
    "sort",
    "tail",
]
NEEDED = ["chromium-headless-shell", "msgfmt", "xgettext"]
ELSEWHERE = "postgis://someone@db.example.org/city"  # so that no cluster is made


class Machine:
    """A project folder, and a PATH that holds the plain tools and the stubs that a test adds."""

    def __init__(self, folder: Path) -> None:
        self.project, self.bin, self.log = folder / "project", folder / "bin", folder / "log"
        shutil.copytree(HOUSE / "scripts", self.project / "scripts")
        self.bin.mkdir()
        self.log.touch()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool))
        for name in ("requirements.txt", "requirements-dev.txt"):
            (self.project / name).write_text("Django\n")
        self.stub("id", "echo 1000")
        self.python()

    def stub(self, name: str, body: str = "") -> None:
        self._write(self.bin / name, body)

    def python(self, pytest_code: int = 0) -> None:
        body = f'case "$*" in "-m pytest"*) exit {pytest_code} ;; -) cat >/dev/null ;; esac'
        (self.project / ".venv/bin").mkdir(parents=True, exist_ok=True)
        self._write(self.project / ".venv/bin/python", body)

    def _write(self, path: Path, body: str) -> None:
        path.write_text(f'#!{shutil.which("bash")}\necho "{path.name} $*" >>"{self.log}"\n{body}\n')
        path.chmod(0o755)

    def has_all(self) -> None:
        for name in NEEDED:
            self.stub(name)

    @property
    def copies_of_itself(self) -> str:
        """What an apt-get stub does to leave behind all that was missing."""
        return "\n".join(f'cp "$0" "{self.bin}/{name}"' for name in NEEDED)

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": str(self.bin), "HOME": "/nonexistent", "DATABASE_URL": ELSEWHERE}

    def replace(self, script: str, old: str, new: str) -> None:
        path = self.project / "scripts" / script
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    def run(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.project / "scripts" / script), *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )  # fmt: skip

    def calls(self, start: str) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if line.startswith(start)]


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.mark.parametrize("code", [0, 1, 2, 5])
def test_exit_code_of_pytest_is_that_of_the_script(machine, code):
    machine.has_all()
    machine.python(pytest_code=code)
    assert machine.run("test", "-k", "two words").returncode == code
    assert machine.calls("python -m pytest") == ["python -m pytest -k two words"]


def test_plain_user_is_told_the_missing_packages_in_one_command(machine):
    machine.stub("apt-get")
    run = machine.run("test")
    assert run.returncode == 1
    assert (
        "apt-get update && apt-get install --yes --no-install-recommends gettext chromium-headless-shell" in run.stderr
    )
    assert machine.calls("apt-get") == []


def test_user_whose_sudo_asks_for_a_password_is_told_so_where_nobody_can_type_it(machine):
    machine.stub("apt-get")
    machine.stub("sudo", "exit 1")
    assert machine.run("test").returncode == 1
    assert machine.calls("sudo") == ["sudo -n true"]


def test_user_with_sudo_gets_what_is_missing(machine):
    machine.stub("apt-get", machine.copies_of_itself)
    machine.stub("sudo", '[ "$1" = -n ] || "$@"')
    assert machine.run("test").returncode == 0
    assert "gettext chromium-headless-shell" in machine.calls("apt-get")[-1]


def test_root_installs_without_sudo(machine):
    machine.stub("id", "echo 0")
    machine.stub("apt-get", machine.copies_of_itself)
    machine.stub("sudo")
    # postgres, which root would need for a cluster, is not asked for: the database is elsewhere.
    assert machine.run("test").returncode == 0
    assert machine.calls("sudo") == []


def test_failed_installation_stops_everything(machine):
    machine.stub("id", "echo 0")
    machine.stub("apt-get", "exit 100")
    run = machine.run("test")
    assert run.returncode == 1
    assert "did not succeed" in run.stderr
    assert machine.calls("python -m pytest") == []


def test_system_without_apt_is_told_what_is_missing(machine):
    run = machine.run("test")
    assert run.returncode == 1
    assert "gettext chromium-headless-shell" in run.stderr


def test_packages_of_python_are_installed_once_until_the_list_changes(machine):
    machine.has_all()
    for _ in range(2):
        machine.run("test")
    assert len(machine.calls("python -m pip install")) == 1
    (machine.project / "requirements.txt").write_text("Django\npolib\n")
    machine.run("test")
    assert len(machine.calls("python -m pip install")) == 2


def test_uv_is_used_where_it_is_found(machine):
    machine.has_all()
    machine.stub("uv")
    assert machine.run("test").returncode == 0
    assert len(machine.calls("uv pip install")) == 1
    assert machine.calls("python -m pip") == []


def test_failed_pip_leaves_no_stamp_behind(machine):
    machine.has_all()
    machine.stub("uv", "exit 1")
    assert machine.run("test").returncode == 1
    machine.stub("uv")
    assert machine.run("test").returncode == 0
    assert len(machine.calls("uv pip install")) == 2


def test_too_old_python_is_refused_by_name(machine):
    machine.has_all()
    shutil.rmtree(machine.project / ".venv")
    machine.stub("python3", '[ "$1" = --version ] && echo Python 3.9.2; case "$2" in *version_info*) exit 1 ;; esac')
    run = machine.run("test")
    assert run.returncode == 1
    assert "Python 3.11 or newer is needed; this is Python 3.9.2" in run.stderr


def test_judgement_runs_the_checks_though_the_tests_failed_and_fails_itself(machine):
    (machine.project / ".ci").mkdir()
    shutil.copy(HOUSE / ".ci/run", machine.project / ".ci/run")
    for name, code in (("test", 3), ("check", 0)):
        machine._write(machine.project / "scripts" / name, f"exit {code}")
    run = subprocess.run(
        ["bash", str(machine.project / ".ci/run")], env=os.environ | {"CI": "true"}, stdin=subprocess.DEVNULL
    )
    assert run.returncode == 3
    assert machine.calls("check") == ["check "]
