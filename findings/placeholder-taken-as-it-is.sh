#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients 4.4.0 (Maven Central)
# Behaviour: A setting of a client may be a placeholder that a config provider fills in, as ${env:GROUP} or ${file:/etc/app.properties:group}. Where the provider does not know the key,
#   because a variable is not set or a name has a slip, the placeholder stays as text and is the setting: a consumer joins, with a clean start and no warning, a group named ${env:GROUP},
#   as does every other program with that slip. A file that is not there is an exception. One would expect one for a missing key as well.
# Seen: a variable that is set: its value; one that is not: group ${env:NO_SUCH_GROUP}; a key that the file does not have: the placeholder; a file that is not there: ConfigException
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka-clients:4.4.0 org.slf4j:slf4j-nop:1.7.36
echo 'group=orders' > "$work/app.properties"
cd "$work"
GROUP=billing java_main << 'JAVA'
import java.util.*;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.StringDeserializer;

class Main {
    static void group(String setting) {
        Map<String, Object> settings = new HashMap<>(Map.of("bootstrap.servers", "127.0.0.1:9", "group.id", setting, "config.providers", "env,file"));
        settings.put("config.providers.env.class", "org.apache.kafka.common.config.provider.EnvVarConfigProvider");
        settings.put("config.providers.file.class", "org.apache.kafka.common.config.provider.FileConfigProvider");
        String group;
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            group = consumer.groupMetadata().groupId();
        } catch (Exception e) {
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            group = cause.getClass().getSimpleName();
        }
        System.out.println(setting + " -> " + group);
    }

    public static void main(String[] args) {
        group("${env:GROUP}");
        group("${env:NO_SUCH_GROUP}");
        group("${file:app.properties:group}");
        group("${file:app.properties:gruop}");
        group("${file:no-such.properties:group}");
    }
}
JAVA
expect '${env:GROUP} -> billing'
expect '${env:NO_SUCH_GROUP} -> ${env:NO_SUCH_GROUP}'
expect '${file:app.properties:group} -> orders'
expect '${file:app.properties:gruop} -> ${file:app.properties:gruop}'
expect '${file:no-such.properties:group} -> ConfigException'
echo "as described"
