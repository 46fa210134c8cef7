# Sourced by run and examples/run, after jdk.sh: one build at a time in this tree, however many applications are started at once.

build_lock=$top/.build/lock

take_build_lock() {
  until mkdir "$build_lock" 2> /dev/null; do
    owner=$(cat "$build_lock/pid" 2> /dev/null || :)
    if [ -n "$owner" ] && ! kill -0 "$owner" 2> /dev/null; then rm -rf "$build_lock"; else sleep 1; fi
  done
  trap 'rm -rf "$build_lock"' EXIT
  trap 'exit 130' INT TERM
  echo $$ > "$build_lock/pid"
}

release_build_lock() {
  rm -rf "$build_lock"
  trap - EXIT INT TERM
}
