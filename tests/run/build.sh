# Configures and builds presets of CMakePresets.json in build/<preset>.

configure() {
  [ -f "build/$1/build.ninja" ] || cmake --preset "$1" >/dev/null
}

# build <preset> [target...]: everything, or just the targets
build() {
  local preset=$1
  shift
  need_packages
  configure "$preset"
  cmake --build --preset "$preset" -j "$(nproc)" ${1:+--target "$@"}
}

# targets_of <preset> <regular expression>: the build's target names that match it as a whole
targets_of() {
  ninja -C "build/$1" -t targets all | sed -nE "s/^($2): phony$/\\1/p" | sort -u
}

run_benchmarks() {
  local name=${1:-}
  shift || true
  need_packages
  configure release
  local targets
  mapfile -t targets < <(targets_of release 'bench_[a-z_]+')
  if [ "$name" = list ]; then
    printf '%s\n' "${targets[@]#bench_}"
    return
  fi
  [ -z "$name" ] || targets=("bench_${name//-/_}")
  build release "${targets[@]}" >&2
  for target in "${targets[@]}"; do
    "build/release/bench/$target" "$@"
  done
}
