# shellcheck shell=bash
# Shared by the scripts beside it; sourced, never run.
set -euo pipefail

PROJECT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
VAR="$PROJECT/var"
URL_FILE="$VAR/database_url"

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}
