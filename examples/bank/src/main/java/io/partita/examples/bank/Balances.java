package io.partita.examples.bank;

import io.smallrye.reactive.messaging.kafka.KafkaRecord;
import io.smallrye.reactive.messaging.kafka.commit.CheckpointMetadata;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/**
 * What the accounts have. The sums of a partition are kept together with the offset of the last entry that is in them, in a file (the channel's checkpoint): a
 * start goes on from there, and an entry is added once. All entries of an account are in one partition.
 */
@ApplicationScoped
public class Balances {

    @Incoming("entries")
    CompletionStage<Void> add(KafkaRecord<String, Entry> entry) {
        // Numbers: what was read from a file may be Integers.
        CheckpointMetadata<Map<String, Number>> checkpoint = CheckpointMetadata.fromMessage(entry);
        checkpoint.transform(Map.of(), sums -> plus(sums, entry.getPayload()));
        return entry.ack();
    }

    private static Map<String, Number> plus(Map<String, Number> sums, Entry entry) {
        Map<String, Number> more = new HashMap<>(sums);
        more.merge(entry.account(), entry.cents(), (a, b) -> a.longValue() + b.longValue());
        return more;
    }
}
