#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-tools and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: kafka-topics.sh --delete --topic NAME takes the name for a regular expression, though a dot, which stands in most topics' names, is one's wildcard: deleting
#   orders.v1 deletes orders-v1 and ordersAv1 as well, without a word or a question. --create takes it as it is. One would expect the topic of that name, and no other.
# Seen: of orders.v1, orders-v1, ordersAv1, orders-v2: after deleting orders.v1 only orders-v2 is left
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-tools:4.4.0
kafka
topics() { "${bin}java" -cp "$work/lib/*" org.apache.kafka.tools.TopicCommand --bootstrap-server "$bootstrap" "$@" 2> "$work/err"; }
for topic in orders.v1 orders-v1 ordersAv1 orders-v2; do topics --create --topic "$topic" --partitions 1; done
topics --delete --topic orders.v1
tries=0
until topics --list > "$work/left" && [ "$(cat "$work/left")" = orders-v2 ] || [ "$tries" -ge 30 ]; do tries=$((tries + 1)); sleep 1; done
echo "left: $(tr '\n' ' ' < "$work/left")" | tee "$work/out"
expect 'left: orders-v2 '
echo "as described"
