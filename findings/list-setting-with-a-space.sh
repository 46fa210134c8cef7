#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: A list may be written with a space behind its comma: cleanup.policy "compact, delete" is taken, works, and is described as compact,delete. But the broker keeps it
#   as it was written, and APPEND and SUBTRACT of IncrementalAlterConfigs compare with the spaces: taking delete away is answered with success and takes nothing away, so the
#   topic goes on deleting records. Taking away " delete" does.
# Seen: set without the space: SUBTRACT delete leaves compact; with it: leaves compact,delete, no error; SUBTRACT " delete" leaves compact
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0
kafka
java_main << 'JAVA'
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigResource;

class Main {
    static final ConfigResource TOPIC = new ConfigResource(ConfigResource.Type.TOPIC, "t");

    static void alter(Admin admin, String value, OpType type) throws Exception {
        admin.incrementalAlterConfigs(Map.of(TOPIC, List.of(new AlterConfigOp(new ConfigEntry("cleanup.policy", value), type)))).all().get();
        // The broker takes over what the controller has decided.
        Thread.sleep(2000);
    }

    static String described(Admin admin) throws Exception {
        return admin.describeConfigs(List.of(TOPIC)).all().get().get(TOPIC).get("cleanup.policy").value();
    }

    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            admin.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all().get();
            for (String list : List.of("compact,delete", "compact, delete")) {
                alter(admin, list, OpType.SET);
                String before = described(admin);
                alter(admin, "delete", OpType.SUBTRACT);
                System.out.println("set to '" + list + "': described as " + before + ", after SUBTRACT delete " + described(admin));
            }
            alter(admin, " delete", OpType.SUBTRACT);
            System.out.println("after SUBTRACT ' delete' " + described(admin));
        }
    }
}
JAVA
expect "set to 'compact,delete': described as compact,delete, after SUBTRACT delete compact"
expect "set to 'compact, delete': described as compact,delete, after SUBTRACT delete compact,delete"
expect "after SUBTRACT ' delete' compact"
echo "as described"
