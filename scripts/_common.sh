# shellcheck shell=bash
# Shared by the scripts beside it; sourced, never run.
set -euo pipefail

PROJECT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
VAR="$PROJECT/var"
URL_FILE="$VAR/database_url"
PYTHON="$PROJECT/.venv/bin/python"
APT_LOCK_WAIT_S=300 # a machine just started is often busy with its own updates

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

# --- what the machine must have ---------------------------------------------------------------------------------------

has_venv() { [ -x "$PYTHON" ] || command -v uv >/dev/null || python3 -c 'import venv, ensurepip' 2>/dev/null; }

has_postgis() {
    # With DATABASE_URL the database is somewhere else, and this machine needs none.
    [ -n "${DATABASE_URL:-}" ] || compgen -G '/usr/share/postgresql/*/extension/postgis.control' >/dev/null ||
        compgen -G '/usr/pgsql-*/share/extension/postgis.control' >/dev/null ||
        [ -f "$(pg_config --sharedir 2>/dev/null)/extension/postgis.control" ]
}

has_chromium() { command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null; }

has_libatomic() { # Playwright's own node is linked against it
    compgen -G '/usr/lib/*/libatomic.so.1' >/dev/null || compgen -G '/usr/lib*/libatomic.so.1' >/dev/null
}

has_font() { [ -n "$(find /usr/share/fonts "$HOME/.local/share/fonts" -name '*.ttf' -print -quit 2>/dev/null)" ]; }

missing_packages() { # missing_packages [test]: Debian's names of what is not here, on one line
    local missing=()
    has_venv || missing+=(python3-venv)
    has_postgis || missing+=(postgresql postgresql-postgis)
    if [ "${1:-}" = test ]; then
        command -v msgfmt >/dev/null && command -v xgettext >/dev/null || missing+=(gettext)
        has_chromium || missing+=(chromium-headless-shell)
        has_libatomic || missing+=(libatomic1)
        has_font || missing+=(fonts-dejavu-core)
    fi
    printf '%s' "${missing[*]}"
}

install_missing_packages() { # install_missing_packages [test]
    local missing install
    missing="$(missing_packages "$@")"
    [ -n "$missing" ] || return 0
    install="apt-get install --yes --no-install-recommends $missing"
    if ! command -v apt-get >/dev/null; then
        fail "This machine lacks what Debian calls: $missing
Install the same by your own package manager and run this again. (A database elsewhere will do: set DATABASE_URL.)"
    fi
    local -a as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        # Without a terminal nobody can type a password.
        if ! command -v sudo >/dev/null || ! { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
            fail "This machine lacks some packages. Run this as root, then start again:
  apt-get update && $install"
        fi
        as_root=(sudo)
    fi
    say "Installing $missing ..."
    mkdir -p "$VAR/log"
    # shellcheck disable=SC2086 # words on purpose
    { apt_get update && apt_get install --yes --no-install-recommends $missing; } ||
        fail "$(tail -n 5 "$VAR/log/apt.log")
That did not succeed. Run this as root, then start again:
  apt-get update && $install"
    missing="$(missing_packages "$@")"
    [ -z "$missing" ] || fail "Still lacking after the installation: $missing"
}

apt_get() {
    ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -o "DPkg::Lock::Timeout=$APT_LOCK_WAIT_S" -o Dpkg::Use-Pty=0 "$@" </dev/null >>"$VAR/log/apt.log" 2>&1
}

# --- Python -----------------------------------------------------------------------------------------------------------

install_requirements() { # install_requirements FILE: into .venv, skipped while the files are as they were
    local stamp wanted
    exec 8>"$VAR/setup.lock"
    flock 8
    make_venv
    stamp="$PROJECT/.venv/$1.sha256"
    wanted="$(cd "$PROJECT" && cat requirements*.txt | sha256sum | cut -d' ' -f1)"
    if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
        say "Installing Python packages from $1 ..."
        if command -v uv >/dev/null; then
            uv pip install --quiet --python "$PYTHON" -r "$PROJECT/$1" 8>&-
        else
            "$PYTHON" -m pip install --quiet --no-input --disable-pip-version-check -r "$PROJECT/$1" 8>&-
        fi
        printf '%s\n' "$wanted" >"$stamp"
        printf '%s\n' "$wanted" >"$PROJECT/.venv/requirements.txt.sha256" # the other file includes this one
    fi
    exec 8>&-
}

make_venv() {
    # One that was copied from elsewhere, or whose Python is gone, does not run: made anew.
    if "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then return 0; fi
    if command -v uv >/dev/null; then
        rm -rf "$PROJECT/.venv"
        uv venv --quiet --seed --python '>=3.11' "$PROJECT/.venv"
    else
        python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
            fail "Python 3.11 or newer is needed; this is $(python3 --version). With uv (docs.astral.sh/uv) on the machine, it is fetched."
        python3 -m venv --clear "$PROJECT/.venv"
    fi
}

manage() { "$PYTHON" "$PROJECT/manage.py" "$@"; }

prepare() { # prepare [test]: all that serving or testing needs, up to a running database
    cd "$PROJECT"
    mkdir -p "$VAR"
    install_missing_packages "$@"
    install_requirements "requirements${1:+-dev}.txt"
    "$PROJECT/scripts/db" start
    manage compile_translations
}
