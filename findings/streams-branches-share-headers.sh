#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-streams and kafka-streams-test-utils 4.4.0 (Maven Central)
# Behaviour: A stream of Kafka Streams has two branches. A processor in the first adds a header to the record it got and hands it on; the record of the second branch, which the
#   processor never saw, has that header too, and removing one removes it there. Keys, values and timestamps of the branches are apart, headers are one list; which branch is
#   declared first decides who sees what. One would expect each branch to have its own; Record.withHeaders() with a copy gives that.
# Seen: a header added in the branch to "audit": [added] there and [added] in the branch to "out"; with the other one declared first: [] in "out"; with a copy: [] in "out"
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka-streams-test-utils:4.4.0 org.slf4j:slf4j-nop:1.7.36
java_main << 'JAVA'
import java.util.*;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.processor.api.ContextualProcessor;

class Main {
    static class Adding extends ContextualProcessor<String, String, String, String> {
        final boolean copy;

        Adding(boolean copy) {
            this.copy = copy;
        }

        @Override
        public void process(org.apache.kafka.streams.processor.api.Record<String, String> record) {
            Headers headers = copy ? new RecordHeaders(record.headers()) : record.headers();
            headers.add("added", new byte[0]);
            context().forward(record.withHeaders(headers));
        }
    }

    static List<String> headers(TopologyTestDriver driver, String topic) {
        List<String> names = new ArrayList<>();
        driver.createOutputTopic(topic, new StringDeserializer(), new StringDeserializer()).readRecord().headers().forEach(header -> names.add(header.key()));
        return names;
    }

    static void run(String label, boolean copy, boolean otherFirst) {
        StreamsBuilder builder = new StreamsBuilder();
        KStream<String, String> stream = builder.stream("in", Consumed.with(Serdes.String(), Serdes.String()));
        Produced<String, String> text = Produced.with(Serdes.String(), Serdes.String());
        if (otherFirst) {
            stream.mapValues(value -> value + "!").to("out", text);
        }
        stream.process(() -> new Adding(copy)).to("audit", text);
        if (!otherFirst) {
            stream.mapValues(value -> value + "!").to("out", text);
        }
        Properties settings = new Properties();
        settings.put("application.id", "app");
        settings.put("bootstrap.servers", "127.0.0.1:9");
        try (TopologyTestDriver driver = new TopologyTestDriver(builder.build(), settings)) {
            driver.createInputTopic("in", new StringSerializer(), new StringSerializer()).pipeInput("key", "value");
            System.out.println(label + ": audit " + headers(driver, "audit") + ", out " + headers(driver, "out"));
        }
    }

    public static void main(String[] args) {
        run("added", false, false);
        run("added, the other branch first", false, true);
        run("added to a copy", true, false);
    }
}
JAVA
expect 'added: audit [added], out [added]'
expect 'added, the other branch first: audit [added], out []'
expect 'added to a copy: audit [added], out []'
echo "as described"
