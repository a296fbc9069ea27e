# Installs what building and testing need; says so, and says nothing when nothing is missing.

packages=(
  ca-certificates curl git                                # this script and the tests
  ccache cmake g++ ninja-build pkg-config                 # the build
  clang clang-format clang-tidy libclang-rt-14-dev lld    # fmt, lint, fuzzers
  libcaf-dev libboost-dev libssl-dev openssl              # actors, net, certificates of tests
  librocksdb-dev libxxhash-dev                            # storage
  libcbor-dev libre2-dev nlohmann-json3-dev libsimdjson-dev  # surrealql
  libyaml-cpp-dev libcli11-dev libfmt-dev libspdlog-dev   # config, main
  doctest-dev libbenchmark-dev                            # tests, bench
)

oldest_node=18

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

is_installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

has_node() {
  command -v npm >/dev/null && command -v node >/dev/null &&
    node -e "process.exit(parseInt(process.versions.node) >= $oldest_node ? 0 : 1)"
}

need_packages() {
  local missing=()
  if ! command -v dpkg-query >/dev/null; then
    echo "not a Debian system: install the counterparts of ${packages[*]}, and Node.js >= $oldest_node" >&2
    return
  fi
  for package in "${packages[@]}"; do
    is_installed "$package" || missing+=("$package")
  done
  has_node || missing+=(nodejs npm)
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "installing with apt-get: ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
}

need_npm() {
  need_packages
  local installed=tests/node_modules/.package-lock.json
  if [ "$installed" -nt tests/package-lock.json ]; then return; fi
  echo "installing with npm: $(node -p 'Object.keys(require("./tests/package.json").dependencies).join(" ")')"
  (cd tests && npm ci --loglevel=error --no-progress >/dev/null)
  touch "$installed"
}

setup() {
  need_packages
  need_npm
}
