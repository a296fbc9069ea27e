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

# A benchmark is a build target bench_<name>, or an executable bench/<name>/run.
benchmarks() {
  {
    targets_of release 'bench_[a-z_]+' | sed 's/^bench_//'
    [ ! -d bench ] || find bench -mindepth 2 -name run -type f -printf '%h\n' | xargs -r -n 1 basename
  } | sort -u
}

run_benchmark() {
  local name=$1
  shift
  if ! benchmarks | grep -qx "$name"; then
    echo "./run bench $name: no such benchmark; there are: $(benchmarks | paste -sd' ')" >&2
    return 2
  fi
  if [ -x "bench/$name/run" ]; then
    "bench/$name/run" "$@"
    return
  fi
  build release "bench_$name" >&2
  "$(find build/release/bench -name "bench_$name" -type f)" "$@"
}

# run_benchmarks [name] [arguments]: all of them, or that one
run_benchmarks() {
  local wanted=${1:-}
  shift || true
  need_npm
  configure release
  case $wanted in
    list) benchmarks ;;
    '') for name in $(benchmarks); do run_benchmark "$name"; done ;;
    *) run_benchmark "${wanted//-/_}" "$@" ;;
  esac
}
