#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: One CreateTopics cannot make a topic of 10,000 partitions, because the controller takes at most 10,000 records for one operation and the topic has one of its
#   own. The error is POLICY_VIOLATION, though there is no policy, and names neither the bound nor a way out. 9,999 go.
# Seen: 10,000: PolicyViolationException "Unable to perform excessively large batch operation."; 9,999: no error (validated only)
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0
kafka
java_main << 'JAVA'
import java.util.*;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.*;

class Main {
    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0], "default.api.timeout.ms", "300000", "request.timeout.ms", "300000"))) {
            try {
                admin.createTopics(List.of(new NewTopic("a", 10_000, (short) 1))).all().get();
                System.out.println("10000: made");
            } catch (ExecutionException e) {
                System.out.println("10000: " + e.getCause().getClass().getSimpleName() + " " + e.getCause().getMessage());
            }
            admin.createTopics(List.of(new NewTopic("b", 9_999, (short) 1)), new CreateTopicsOptions().validateOnly(true)).all().get();
            System.out.println("9999: would be made");
        }
    }
}
JAVA
expect '10000: PolicyViolationException Unable to perform excessively large batch operation.'
expect '9999: would be made'
