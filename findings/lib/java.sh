# Sourced by the findings. Makes a temporary folder $work that goes away at the end, with what was started in it. Needs a JDK 17 or newer, and Maven.
#
#   libraries GROUP:ARTIFACT:VERSION ...   downloads them and what they need into $work/lib
#   kafka                                  starts a Kafka broker of $kafka_version (default 4.4.0) on $bootstrap; kafka KEY=VALUE ... adds settings
#   java_main < Main.java                  compiles and runs a class Main, with $bootstrap as its argument; its output goes to $work/out and to the terminal
#   expect 'TEXT'                          ends with an error unless a line of the output is just that
set -eu
work=$(mktemp -d)
started=
cleanup() {
  for pid in $started; do kill -9 "$pid" 2> /dev/null || :; done
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

bin=
if [ -n "${JAVA_HOME:-}" ]; then bin=$JAVA_HOME/bin/; fi

libraries() {
  {
    echo '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>finding</groupId><artifactId>finding</artifactId>'
    echo '<version>1</version><packaging>pom</packaging><dependencies>'
    for artifact in "$@"; do
      echo "$artifact" | awk -F: '{ print "<dependency><groupId>" $1 "</groupId><artifactId>" $2 "</artifactId><version>" $3 "</version></dependency>" }'
    done
    echo '</dependencies></project>'
  } > "$work/pom.xml"
  mvn -q -B -ntp -f "$work/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$work/lib"
}

free_port() {
  while :; do
    port=$(awk 'BEGIN { srand(); print int(15000 + rand() * 15000) }' < /dev/null)
    port=$((port + $$ % 1000))
    if ! (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then echo "$port"; return; fi
    sleep 1
  done
}

kafka() {
  kafka_port=$(free_port)
  controller_port=$((kafka_port + 1))
  bootstrap=127.0.0.1:$kafka_port
  cat > "$work/server.properties" << PROPERTIES
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://$bootstrap,CONTROLLER://127.0.0.1:$controller_port
advertised.listeners=PLAINTEXT://$bootstrap
controller.quorum.voters=1@127.0.0.1:$controller_port
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=$work/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
PROPERTIES
  for setting in "$@"; do echo "$setting" >> "$work/server.properties"; done
  "${bin}java" -cp "$work/lib/*" kafka.tools.StorageTool format -t AAAAAAAAQACAAAAAAAAAAA -c "$work/server.properties" > "$work/format.log" 2>&1 \
    || { cat "$work/format.log"; exit 1; }
  "${bin}java" -Xmx512m -cp "$work/lib/*" kafka.Kafka "$work/server.properties" > "$work/kafka.log" 2>&1 &
  started="$started $!"
  tries=0
  until (exec 3<> "/dev/tcp/127.0.0.1/$kafka_port") 2> /dev/null; do
    tries=$((tries + 1))
    if [ "$tries" -gt 120 ]; then tail -n 20 "$work/kafka.log"; exit 1; fi
    sleep 1
  done
}

java_main() {
  cat > "$work/Main.java"
  "${bin}java" -cp "$work/lib/*" "$work/Main.java" "${bootstrap:-}" 2> "$work/err" | tee "$work/out"
}

expect() {
  if grep -qxF -- "$1" "$work/out"; then return; fi
  echo "No longer so: expected the line '$1'." >&2
  tail -n 20 "$work/err" >&2
  exit 1
}
