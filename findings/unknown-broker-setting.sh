#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: IncrementalAlterConfigs takes a broker setting that does not exist, as after a slip of the pen, without an error. DescribeConfigs lists it from then on,
#   as set for this broker, sensitive, and without its value, so that what was set cannot be read back. For a topic the same is refused.
# Seen: broker: no error, described with value null; topic: InvalidConfigurationException
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0
kafka
java_main << 'JAVA'
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.config.ConfigResource;

class Main {
    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            admin.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all().get();
            for (ConfigResource resource : List.of(new ConfigResource(ConfigResource.Type.BROKER, "1"), new ConfigResource(ConfigResource.Type.TOPIC, "t"))) {
                String name = resource.type().name().toLowerCase(Locale.ROOT);
                try {
                    admin.incrementalAlterConfigs(Map.of(resource, List.of(new AlterConfigOp(new ConfigEntry("log.cleaner.treads", "2"), AlterConfigOp.OpType.SET)))).all().get();
                    Thread.sleep(1000);
                    ConfigEntry entry = admin.describeConfigs(List.of(resource)).all().get().get(resource).get("log.cleaner.treads");
                    System.out.println(name + ": no error, described " + (entry == null ? "not at all" : "with value " + entry.value()));
                } catch (java.util.concurrent.ExecutionException e) {
                    System.out.println(name + ": " + e.getCause().getClass().getSimpleName());
                }
            }
        }
    }
}
JAVA
expect 'broker: no error, described with value null'
expect 'topic: InvalidConfigurationException'
echo "as described"
