#!/usr/bin/env bash
# clang-tidy in the shape of a compiler, for ccache: what it had nothing to say of is remembered like an object file, and
# looked at again when the source, a header it includes, .clang-tidy or this file is another.
# tidy_for_ccache.sh <flags of the compiler> -c <source> -o <object>
set -euo pipefail
case " $* " in *' -E '*) exec clang++ "$@" ;; esac

flags=()
while [ $# -gt 0 ]; do
  case $1 in
    -c) ;;
    -o) object=$2 && shift ;;
    *.cpp) source=$1 ;;
    *) flags+=("$1") ;;
  esac
  shift
done
# Without the path-sensitive analyses, which take four times as long; ./run lint has them.
clang-tidy --quiet --checks='-clang-analyzer-*' "$source" -- "${flags[@]}"
echo clean >"$object"
