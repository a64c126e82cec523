"""How scripts/demo starts and ends its worker and web server, on the machine of stubs; a port that is taken."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.test_scripts_setup import Machine

TIMEOUT_S = 20


class Demo:
    """A machine whose Python plays worker and web server: each leaves its pid and sleeps, or ends as it is told."""

    def __init__(self, machine: Machine) -> None:
        self.machine, self.pids = machine, machine.log.parent
        (machine.project / "static").mkdir()
        self.plays()

    def plays(
        self,
        worker: str = "exec sleep 60",
        web: str = "exec sleep 60",
        port_taken: bool = False,
        account_exists: bool = False,
    ) -> None:
        self.machine._write(
            self.machine.project / ".venv/bin/python",
            f"""case "$*" in
*procrastinate*) echo $$ >"{self.pids}/worker"; {worker} ;;
*gunicorn*) echo $$ >"{self.pids}/web"; {web} ;;
*createsuperuser*) exit {int(account_exists)} ;;
"- 8000") exit {int(port_taken)} ;;
esac""",
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.machine.project / "scripts/demo"), *arguments],
            env=self.machine.environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            # A run in the background may ignore Ctrl-C; the demo in somebody's terminal does not.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip

    def await_running(self, process: subprocess.Popen[str]) -> None:
        for line in process.stderr:
            if "Ctrl-C stops it" in line:
                break
        else:
            raise AssertionError(f"ended with {process.wait()}")
        # The stub of the web server answers before it has started, and before the worker's has.
        deadline = time.monotonic() + TIMEOUT_S
        while len(self.living()) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)

    def living(self) -> list[str]:
        return [name for name in ("worker", "web") if _lives(self.pids / name)]


def _lives(pid_file: Path) -> bool:
    try:
        os.kill(int(pid_file.read_text()), 0)
    except (FileNotFoundError, ValueError, ProcessLookupError):  # ValueError: made, and not yet written
        return False
    return True


@pytest.fixture
def demo(tmp_path):
    return Demo(Machine(tmp_path))


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_stopping_the_demo_ends_worker_and_web(demo, sign):
    process = demo.start()
    demo.await_running(process)
    assert demo.living() == ["worker", "web"]
    process.send_signal(sign)
    assert process.wait(TIMEOUT_S) == 0
    assert demo.living() == []


def test_demo_that_runs_says_where_and_what_next(demo):
    process = demo.start()
    for line in process.stderr:
        if "runs:" in line:
            break
    assert line == "Osallisuuskartta runs: http://127.0.0.1:8000\n"
    process.terminate()
    process.wait(TIMEOUT_S)


def test_worker_that_ends_takes_the_demo_with_it_and_its_reason_is_shown(demo):
    demo.plays(worker="sleep 1; echo no such queue; exit 4")
    process = demo.start()
    _, said = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 1
    assert "The worker ended (exit 4)" in said and "no such queue" in said
    assert demo.living() == []


def test_web_server_that_ends_takes_the_worker_with_it(demo):
    demo.plays(web="sleep 1; exit 3")
    process = demo.start()
    _, said = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 1
    assert "The web server ended (exit 3)" in said
    assert demo.living() == []


def test_worker_that_does_not_listen_is_ended_all_the_same(demo):
    demo.machine.replace("demo", "STOP_TIMEOUT_S=10", "STOP_TIMEOUT_S=1")
    demo.plays(worker="trap '' TERM; while true; do sleep 0.2; done")
    process = demo.start()
    demo.await_running(process)
    process.terminate()
    process.wait(TIMEOUT_S)
    time.sleep(0.1)
    assert demo.living() == []


def test_port_that_is_taken_is_named_before_anything_starts(demo):
    demo.plays(port_taken=True)
    process = demo.start()
    _, said = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 1
    assert "Port 8000 is taken. Another: PORT=8001 scripts/demo" in said
    assert demo.machine.calls("python -m gunicorn") == []


def test_preparing_only_serves_nothing(demo):
    process = demo.start("--no-serve")
    _, said = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0
    assert "Ready." in said
    assert demo.machine.calls("python -m gunicorn") == []


def test_static_files_are_collected_again_only_when_a_source_has_changed(demo):
    def collected() -> int:
        demo.start("--no-serve").communicate(timeout=TIMEOUT_S)
        (demo.machine.project / "var/static").mkdir(exist_ok=True)  # as collectstatic does
        return len([call for call in demo.machine.calls("python") if "collectstatic" in call])

    assert [collected(), collected()] == [1, 1]
    (demo.machine.project / "static/map.js").write_text("let a;")
    assert collected() == 2


def test_staff_account_is_made_once_and_has_no_password(demo):
    said = demo.start("--no-serve").communicate(timeout=TIMEOUT_S)[1]
    assert "Made the staff account admin@example.org" in said
    assert "/accounts/login/" in said
    assert not (demo.machine.project / "var/admin_password").exists()
    demo.plays(account_exists=True)
    said = demo.start("--no-serve").communicate(timeout=TIMEOUT_S)[1]
    assert "staff account" not in said
