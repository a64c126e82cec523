"""scripts/db on a copy of the project: each test makes a cluster of its own and takes it away."""

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import environ
import psycopg
import pytest

HOUSE = Path(__file__).resolve().parent.parent
SOCKET_PATH_MAX = 107  # bytes, unix(7)


class Copy:
    """A folder with the scripts in it, as a clone would have them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(HOUSE / "scripts", folder / "scripts")

    def db(self, *arguments: str, check: bool = True, **variables: str) -> subprocess.CompletedProcess[str]:
        surroundings = {k: v for k, v in os.environ.items() if k != "DATABASE_URL" and not k.startswith("PG")}
        return subprocess.run(
            [str(self.folder / "scripts/db"), *arguments],
            env=surroundings | variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=check,
        )  # fmt: skip

    def url(self) -> str:
        return (self.folder / "var/database_url").read_text()

    def config(self) -> dict[str, str]:
        return environ.Env.db_url_config(self.url())

    def sql(self, statement: str) -> str:
        return self.db("psql", "-XAt", "-c", statement).stdout.strip()

    def data(self) -> Path:
        return Path(self.sql("SHOW data_directory"))

    def remove(self) -> None:
        self.db("stop")
        key = hashlib.sha256(str(self.folder.resolve()).encode()).hexdigest()[:12]
        shutil.rmtree(f"/var/tmp/osallisuuskartta-{key}", ignore_errors=True)  # root's, below a closed folder


@pytest.fixture
def copy(tmp_path):
    made = Copy(tmp_path / "a copy+1")
    yield made
    made.remove()


@pytest.fixture
def started(copy):
    copy.db("start")
    return copy


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """One cluster for the tests that only look at it."""
    made = Copy(tmp_path_factory.mktemp("running") / "a copy+1")
    made.db("start")
    yield made
    made.remove()


def test_start_makes_a_database_that_django_can_name(running):
    config = running.config()
    assert (config["NAME"], config["USER"]) == ("osallisuuskartta", "osallisuuskartta")
    assert (Path(config["HOST"]) / ".s.PGSQL.5432").is_socket()
    assert running.sql("SELECT current_user || ' ' || current_database()") == "osallisuuskartta osallisuuskartta"


def test_nothing_listens_on_a_port_and_others_cannot_reach_the_socket(running):
    assert running.sql("SHOW listen_addresses") == ""
    assert Path(running.config()["HOST"]).stat().st_mode & 0o777 == 0o700


def test_cluster_checks_its_pages_and_waits_for_the_disk(running):
    assert running.sql("SHOW data_checksums") == "on"
    assert running.sql("SHOW synchronous_commit") == "on"
    assert running.sql("SHOW log_error_verbosity") == "terse"


def test_database_made_later_has_the_extensions_from_birth(running):
    made = running.db("create", "test_other").stdout
    assert made.startswith("export DATABASE_URL=") and made.rstrip().endswith("/test_other")
    names = running.db("psql", "-XAt", "-d", "test_other", "-c", "SELECT extname FROM pg_extension").stdout.split()
    assert {"postgis", "pg_trgm", "btree_gin"} <= set(names)


@pytest.mark.parametrize("name", ["", "Upper", "a b", "a;drop", "1a"])
def test_create_refuses_an_odd_name(copy, name):
    assert copy.db("create", name, check=False).returncode == 1


def test_start_again_changes_nothing(running):
    before = running.sql("SELECT pg_postmaster_start_time()")
    running.db("start")
    assert running.sql("SELECT pg_postmaster_start_time()") == before


def test_starts_at_once_make_one_cluster(copy):
    with ThreadPoolExecutor(4) as pool:
        codes = [run.returncode for run in pool.map(lambda _: copy.db("start", check=False), range(4))]
    assert codes == [0, 0, 0, 0]
    assert copy.sql("SELECT 1") == "1"


def test_stop_keeps_what_was_stored(started):
    started.sql("CREATE TABLE kept AS SELECT 7 AS n")
    started.db("stop")
    assert started.db("status", check=False).returncode == 3
    started.db("start")
    assert started.sql("SELECT n FROM kept") == "7"


def test_stop_unused_leaves_a_database_in_use_alone(started):
    config = started.config()
    with psycopg.connect(host=config["HOST"], port=5432, user=config["USER"], dbname=config["NAME"]):
        started.db("stop-unused")
        assert started.db("status", check=False).returncode == 0
    started.db("stop-unused")
    assert started.db("status", check=False).returncode == 3


def test_killed_server_comes_back_with_what_it_had_acknowledged(started):
    started.sql("CREATE TABLE kept AS SELECT 7 AS n")
    pid = int(started.sql("SELECT pg_read_file('postmaster.pid')").splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    started.db("start")
    assert started.sql("SELECT n FROM kept") == "7"


def test_pid_that_another_program_has_by_now_is_seen_through(started):
    data, pid_file = started.data(), started.sql("SELECT pg_read_file('postmaster.pid')")
    started.db("stop")
    # As after a restart of the machine: the file is there, its pid is somebody else's, of the same user.
    owner = data.owner()
    as_owner = ["runuser", "-u", owner, "--"] if os.getuid() == 0 else []
    other = subprocess.Popen([*as_owner, "sleep", "60"], cwd="/")
    try:
        for _ in range(100):  # runuser starts the program as a child of its own
            children = Path(f"/proc/{other.pid}/task/{other.pid}/children").read_text().split()
            if children or not as_owner:
                break
            time.sleep(0.05)
        pid = children[0] if as_owner else str(other.pid)
        (data / "postmaster.pid").write_text(pid_file.replace(pid_file.splitlines()[0], pid, 1))
        shutil.chown(data / "postmaster.pid", owner)
        assert started.db("status", check=False).returncode == 3
        started.db("start")
        assert started.sql("SELECT 1") == "1"
    finally:
        other.terminate()
        other.wait()


def test_long_path_gets_a_short_socket_folder_that_is_remembered():
    # Not pytest's own folder, which is closed to postgres: under root too the cluster is to live in the project.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        os.chmod(folder, 0o755)
        copy = Copy(Path(folder) / ("long" * 30))
        try:
            copy.db("start")
            assert copy.data().is_relative_to(folder)
            sockets = copy.config()["HOST"]
            assert sockets.startswith("/tmp/") and len(f"{sockets}/.s.PGSQL.5432".encode()) <= SOCKET_PATH_MAX
            copy.db("stop")
            shutil.rmtree(sockets)  # as a restart of the machine does
            copy.db("start")
            assert copy.config()["HOST"] != sockets
            assert copy.sql("SELECT 1") == "1"
        finally:
            copy.remove()
            shutil.rmtree(copy.config()["HOST"], ignore_errors=True)


@pytest.mark.skipif(os.getuid() != 0, reason="only root runs the database as another user")
def test_root_in_a_closed_folder_keeps_the_cluster_where_postgres_can_go(running):
    assert running.data().is_relative_to("/var/tmp")
    assert running.data().owner() == "postgres"


def test_database_elsewhere_is_left_to_its_owner(copy):
    elsewhere = "postgis://someone@db.example.org/city"
    assert copy.db("start", DATABASE_URL=elsewhere).returncode == 0
    assert not (copy.folder / "var/database_url").exists()
    assert copy.db("env", DATABASE_URL=elsewhere).stdout == f"export DATABASE_URL={elsewhere}\n"


def test_own_database_named_by_its_url_is_still_the_private_one(running):
    made = running.db("create", "test_named").stdout.strip().removeprefix("export DATABASE_URL=")
    url = subprocess.run(["bash", "-c", f"printf %s {made}"], capture_output=True, text=True, check=True).stdout
    name = running.db("psql", "-XAt", "-c", "SELECT current_database()", DATABASE_URL=url).stdout.strip()
    assert name == "test_named"
