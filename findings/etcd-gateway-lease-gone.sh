#!/usr/bin/env bash
# Package: etcd-server 3.4.23-4+b4 (Debian 12)
# Behaviour: Through etcd's JSON gateway a lease that is not there is kept alive with success: status 200 and a result without an error; only the missing TTL tells.
#   And a key that is put again without naming its lease leaves the lease silently: keeping the lease alive goes on succeeding, and the key stays when the lease ends.
# Seen: keepalive of an unknown lease: 200, an ID, no TTL; a key put with a lease, then without: its "lease" is gone, and it outlives the lease's revocation
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
ask() { curl -s -w ' %{http_code}' -X POST "$url/v3/$1" -d "$2"; }
for _ in $(seq 100); do ask maintenance/status '{}' 2> /dev/null | grep -q 'version' && break; sleep 0.1; done

fail() { echo "CHANGED: $1" >&2; exit 1; }
unknown=$(ask lease/keepalive '{"ID":"4711"}')
echo "keepalive of an unknown lease: $unknown"
case $unknown in *'"ID":"4711"'*' 200') ;; *) fail "it is refused" ;; esac
case $unknown in *TTL*|*error*) fail "it says more than before" ;; esac

lease=$(ask lease/grant '{"TTL":"60"}' | sed -n 's/.*"ID":"\([0-9]*\)".*/\1/p')
key=$(printf k | base64)
ask kv/put "{\"key\":\"$key\",\"value\":\"MQ==\",\"lease\":\"$lease\"}" > /dev/null
ask kv/range "{\"key\":\"$key\"}" | grep -q "\"lease\":\"$lease\"" || fail "the key has no lease in the first place"
ask kv/put "{\"key\":\"$key\",\"value\":\"Mg==\"}" > /dev/null
second=$(ask kv/range "{\"key\":\"$key\"}")
echo "after a put without a lease: $second"
case $second in *'"lease"'*) fail "the key keeps its lease" ;; esac
ask lease/keepalive "{\"ID\":\"$lease\"}" | grep -q '"TTL":"60"' || fail "the lease is not kept alive"
ask kv/lease/revoke "{\"ID\":\"$lease\"}" > /dev/null
ask kv/range "{\"key\":\"$key\"}" | grep -q '"count":"1"' || fail "the key ends with the lease"
echo "the key outlives the lease it was registered with"
