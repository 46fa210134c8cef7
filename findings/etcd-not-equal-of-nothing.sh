#!/usr/bin/env bash
# Package: etcd-server 3.4.23-4+b4 (Debian 12)
# Behaviour: A transaction's condition on the value of a key that is not there is false whatever it asks: equal, less, greater, and not equal as well. So "unless it is done already" carries
#   nothing out as long as nobody has written anything, and the first one never begins. A condition on the version of such a key, which counts as 0, is as one expects. One would expect
#   that what is not there is not equal to "done".
# Seen: no key: value = done, !=, <, >: none succeeds; version != 5: succeeds; a key with another value: != succeeds
set -eu
work=$(mktemp -d)
pid=
trap 'if [ -n "$pid" ]; then kill -9 "$pid" 2> /dev/null || :; fi; rm -rf "$work"' EXIT
version=3.4.23-4+b4
(cd "$work" && apt-get download -q "etcd-server=$version" > /dev/null && dpkg -x etcd-server_*.deb root)
port=$((20000 + $$ % 9000))
url=http://127.0.0.1:$port
"$work/root/usr/bin/etcd" --data-dir "$work/data" --listen-client-urls "$url" --advertise-client-urls "$url" --listen-peer-urls "http://127.0.0.1:$((port + 1))" \
  --initial-advertise-peer-urls "http://127.0.0.1:$((port + 1))" --initial-cluster "default=http://127.0.0.1:$((port + 1))" > "$work/log" 2>&1 &
pid=$!
ask() { curl -s -X POST "$url/v3/$1" -d "$2"; }
for _ in $(seq 300); do ask maintenance/status '{}' 2> /dev/null | grep -q 'version' && break; sleep 0.1; done

key=$(printf job | base64)
done=$(printf 'done' | base64)
condition() {
  if ask kv/txn "{\"compare\":[{\"key\":\"$key\",$2}],\"success\":[]}" | tee "$work/answer" | grep -q '"succeeded":true'; then holds=yes; else holds=no; fi
  grep -q '"revision"' "$work/answer" || { cat "$work/answer"; exit 1; }
  echo "$1: $holds"
  [ "$holds" = "$3" ] || { echo "No longer so." >&2; exit 1; }
}
for result in EQUAL NOT_EQUAL LESS GREATER; do condition "no key, value $result" "\"target\":\"VALUE\",\"result\":\"$result\",\"value\":\"$done\"" no; done
condition "no key, version NOT_EQUAL 5" '"target":"VERSION","result":"NOT_EQUAL","version":"5"' yes
ask kv/put "{\"key\":\"$key\",\"value\":\"$(printf begun | base64)\"}" > /dev/null
condition "another value, value NOT_EQUAL" "\"target\":\"VALUE\",\"result\":\"NOT_EQUAL\",\"value\":\"$done\"" yes
echo "as described"
