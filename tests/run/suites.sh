# Runs test suites and adds up what they count. tests/README.md says what a suite is.

# What CI runs, cheapest first. A suite whose folder is not there is left out.
ci_suites=(structure docs client proxy surrealdb unit contributing schema oracle oracle-front system security watchman chaos-storage chaos-cluster)

passed=0
failed=0
# How each log of a failed run ended, told again at the very end: whoever reports a long run may keep just
# its last lines.
failed_logs=$(mktemp)
trap 'rm -f "$failed_logs"' EXIT

count() {
  passed=$((passed + $1))
  failed=$((failed + $2))
}

# keep_end <name> <log>
keep_end() {
  {
    echo "-- $1 failed; the end of its log:"
    tail -n 50 "$2" | cut -c 1-300
  } >>"$failed_logs"
}

suite_folder() { echo "tests/${1//-//}"; }

# The folders of tests/ that hold a suite, as suite names.
suites() {
  {
    echo tests/unit
    find tests -name node_modules -prune -o \( -name '*.test.mjs' -o -name run -type f \) -printf '%h\n'
  } | sed 's|^tests/||; s|/|-|g' | grep -v '^unit-' | sort -u
}

has_suite() {
  case $1 in format | lint | sanitize | codec) return 0 ;; esac
  suites | grep -qxe "$1"
}

# count_by <exit status> <passed> <failed>: a run that fails without saying how counts as one failure
count_by() {
  local status=$1 ok=${2:-0} bad=${3:-0}
  if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
  count "$ok" "$bad"
}

# watched <log> <command...>: shows what it prints, keeps it in <log>, ends it when it hangs
watched() {
  local log=$1
  shift
  timeout --kill-after=10 1800 "$@" 2>&1 | tee "$log"
}

run_unit_binary() {
  local log status=0 counts
  log=$(mktemp)
  echo "-- $(basename "$1")"
  watched "$log" node tests/surrealdb/with_server.mjs "$@" || status=$?
  counts=$(sed 's/\x1b\[[0-9;]*m//g' "$log" |
    sed -nE 's/^\[doctest\] test cases: *[0-9]+ \| *([0-9]+) passed \| *([0-9]+) failed.*/\1 \2/p' | tail -1)
  # shellcheck disable=SC2086
  count_by "$status" $counts
  [ "$status" -eq 0 ] || keep_end "$(basename "$1")" "$log"
  rm -f "$log"
}

# run_unit <preset> [folder] [doctest arguments]
run_unit() {
  local preset=$1 folder=${2:-} targets
  need_npm
  configure "$preset"
  mapfile -t targets < <(targets_of "$preset" 'unit_[a-z]+')
  if [ -n "$folder" ] && [ "${folder#-}" = "$folder" ]; then
    targets=("unit_$folder")
    shift
  fi
  shift
  if ! build "$preset" "${targets[@]}"; then
    count 0 1
    return
  fi
  for target in "${targets[@]}"; do
    run_unit_binary "build/$preset/tests/unit/${target#unit_}/$target" "$@"
  done
}

run_node_tests() {
  local log status=0 ok bad
  local folder=$1
  shift
  need_npm
  log=$(mktemp)
  mapfile -t files < <(find "$folder" -name '*.test.mjs' | sort)
  watched "$log" node --test --test-reporter=spec "$@" "${files[@]}" || status=$?
  ok=$(sed -nE 's/^ℹ pass ([0-9]+)$/\1/p' "$log" | tail -1)
  bad=$(sed -nE 's/^ℹ (fail|cancelled) ([0-9]+)$/\2/p' "$log" | paste -sd+ | sed 's/^$/0/')
  count_by "$status" "$ok" "$((bad))"
  [ "$status" -eq 0 ] || keep_end "$folder" "$log"
  rm -f "$log"
}

run_script() {
  local log status=0 counts
  need_npm
  configure release
  log=$(mktemp)
  watched "$log" "$@" || status=$?
  counts=$(tail -1 "$log" | sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p')
  # shellcheck disable=SC2086
  count_by "$status" $counts
  [ "$status" -eq 0 ] || keep_end "$1" "$log"
  rm -f "$log"
}

check_format() {
  local log
  need_packages
  log=$(mktemp)
  if cpp_sources | xargs -r clang-format --dry-run -Werror 2>&1 | tee "$log"; then
    count 1 0
  else
    count 0 1
    keep_end format "$log"
  fi
  rm -f "$log"
}

# The sources that clang-tidy looks at: what ends up in a program.
shipped_sources() { git ls-files -- '*.cpp' | grep -vE '^(tests|bench)/'; }

# The build's commands are GCC's: clang is told to overlook what it does not know.
for_clang=(--extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-unused-command-line-argument)

check_lint() {
  need_packages
  configure dev
  run_script node tests/run/lint.mjs "$@"
}

needs_programs() {
  case $1 in schema | oracle-front | system | security | watchman | chaos-cluster) return 0 ;; *) return 1 ;; esac
}

run_suite() {
  local started=$SECONDS
  echo "== $1"
  run_one_suite "$@"
  echo "== $1 took $((SECONDS - started)) s"
}

run_one_suite() {
  local name=$1 folder
  folder=$(suite_folder "$1")
  shift
  local tools=()
  [ "$name" != watchman ] || tools=(damage_replica)
  if needs_programs "$name" && ! build release spooky-scheduler spooky-ssp spooky "${tools[@]}"; then
    count 0 1
    return
  fi
  case $name in
    unit) run_unit "${SPOOKY_UNIT_PRESET:-dev}" "$@" ;;
    codec) run_unit dev surrealql --source-file='*cbor*,*json*,*text*' "$@" ;;
    sanitize) run_unit asan "$@" ;;
    format) check_format ;;
    lint) check_lint "$@" ;;
    *) if [ -x "$folder/run" ]; then run_script "$folder/run" "$@"; else run_node_tests "$folder" "$@"; fi ;;
  esac
}

wanted_by_ci() {
  local present
  present=$(suites)
  for name in "${ci_suites[@]}"; do
    if ! grep -qxe "$name" <<<"$present"; then continue; fi
    if needs_programs "$name" && [ ! -f main/CMakeLists.txt ]; then continue; fi
    echo "$name"
  done
}

# run_tests [suite...] [arguments of the suite]
run_tests() {
  local wanted=()
  if [ "${1:-}" = list ]; then
    printf '%s\n' all codec format lint sanitize
    suites
    return
  fi
  while [ $# -gt 0 ] && { [ "$1" = all ] || has_suite "$1"; }; do
    if [ "$1" = all ]; then mapfile -t -O "${#wanted[@]}" wanted < <(wanted_by_ci); else wanted+=("$1"); fi
    shift
  done
  if [ ${#wanted[@]} -eq 0 ] && [ $# -gt 0 ]; then
    echo "./run test $1: no such suite; there are: all codec format lint sanitize $(suites | paste -sd' ')" >&2
    return 2
  fi
  if [ ${#wanted[@]} -eq 0 ]; then mapfile -t wanted < <(wanted_by_ci); fi
  for name in "${wanted[@]}"; do run_suite "$name" "$@"; done
  cat "$failed_logs"
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}
