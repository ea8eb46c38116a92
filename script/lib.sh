# shellcheck shell=bash
# Shared by the scripts: makes sure the machine has what they need. Idempotent, and quick when nothing is missing.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PYTHONDONTWRITEBYTECODE=
PY="$ROOT/.venv/bin/python"

say() { printf '%s\n' "$*" >&2; }

# quietly COMMAND...: its output only when it fails
quietly() {
  local said
  if ! said=$("$@" 2>&1); then say "$said"; exit 1; fi
}

# need COMMAND-OR-FILE PACKAGE...: installs Debian packages when the command (or file) is missing
need() {
  local probe=$1; shift
  if command -v "$probe" >/dev/null 2>&1 || [ -e "$probe" ]; then return; fi
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    say "Missing: $probe. Install it first, on Debian:  sudo apt-get install $*"
    exit 1
  fi
  say "Installing $* …"
  quietly env DEBIAN_FRONTEND=noninteractive sh -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"' apt "$@"
}

# stamp NAME FILE...: true when FILEs are as they were at the last "stamped NAME"
stamp() {
  local mark="$ROOT/.venv/$1.stamp"; shift
  [ -f "$mark" ] && [ "$(cat "$mark")" = "$(cat "$@" | sha256sum)" ]
}
stamped() { local mark="$ROOT/.venv/$1.stamp"; shift; cat "$@" | sha256sum > "$mark"; }

python_ready() { # base | dev | bench
  local lock="requirements/$1.txt"
  if [ ! -x "$PY" ]; then
    need python3 python3
    if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
      say "Python 3.11 or newer is needed; this is $(python3 --version)."; exit 1
    fi
    if ! python3 -c 'import ensurepip' >/dev/null 2>&1; then need /nonexistent/ensurepip python3-venv; fi
    python3 -m venv .venv
  fi
  if ! stamp "$1" "$lock" && ! { [ "$1" = base ] && stamp dev requirements/dev.txt; }; then
    say "Installing Python packages ($1) …"
    "$PY" -m pip install -q --require-hashes --no-deps -r "$lock"
    stamped "$1" "$lock"
  fi
  # the checkout itself, without a build
  echo "$ROOT/src" > "$("$PY" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/linli.pth"
}

assets_ready() {
  if [ -d node_modules ] && stamp node package-lock.json; then return; fi
  if ! command -v npm >/dev/null 2>&1; then
    say "Installing Node.js …"
    "$PY" -m pip install -q --require-hashes --no-deps -r requirements/node.txt
    export PATH="$ROOT/.venv/bin:$PATH"
  fi
  say "Installing browser files …"
  rm -f "$ROOT/.venv/node.stamp" # an install that is broken off is done again
  quietly npm ci --ignore-scripts --no-audit --no-fund
  stamped node package-lock.json
}

translations_ready() {
  need msgfmt gettext
  local po mo
  while IFS= read -r po; do
    mo="${po%.po}.mo"
    if [ ! -f "$mo" ] || [ "$po" -nt "$mo" ]; then msgfmt -o "$mo" "$po"; fi
  done < <(find src -name '*.po')
}

browser_ready() {
  # what drives the browser is linked against it, and a bare system lacks it
  if ! ldconfig -p | grep -q 'libatomic\.so\.1'; then need /nonexistent/libatomic libatomic1; fi
  need chromium chromium
  need /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc fonts-noto-cjk
}

papers_ready() {
  # papers as PDF; whoever may not install packages goes on without, and the page says so
  if ! /sbin/ldconfig -p | grep -q 'libpangoft2-1\.0\.so\.0' || ! /sbin/ldconfig -p | grep -q 'libharfbuzz-subset\.so\.0'; then
    (need /nonexistent/libpango libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0) || say "Until then no PDFs are made."
  fi
  (need /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc fonts-noto-cjk) || say "Until then PDFs lack Chinese signs."
}

# alone FUNCTION ARGS...: one script at a time sets things up
alone() { (flock 9; "$@") 9>"$ROOT/.setup.lock"; }

product_ready() { alone python_ready base; alone assets_ready; alone translations_ready; alone papers_ready; }
