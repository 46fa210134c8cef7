package io.partita.examples.bank;

import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.kafka.KafkaRecordBatch;
import io.smallrye.reactive.messaging.kafka.KafkaRecord;
import io.smallrye.reactive.messaging.kafka.transactions.KafkaTransactions;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.logging.Logger;

/**
 * Books orders. Both entries of all orders of a batch, and the offset behind the batch, are one transaction: all of it is there, or nothing. After an abort the
 * channel goes back to the offset that was committed, and gets the same orders again.
 */
@ApplicationScoped
public class Teller {

    private static final Logger LOG = Logger.getLogger(Teller.class);

    private final KafkaTransactions<Entry> ledger;

    Teller(@Channel("ledger") KafkaTransactions<Entry> ledger) {
        this.ledger = ledger;
    }

    @Incoming("orders")
    Uni<Void> book(KafkaRecordBatch<String, Transfer> orders) {
        return ledger.withTransaction(orders, entries -> {
            for (KafkaRecord<String, Transfer> order : orders) {
                Transfer transfer = order.getPayload();
                entries.send(KafkaRecord.of(transfer.from(), transfer.debit()));
                entries.send(KafkaRecord.of(transfer.to(), transfer.credit()));
            }
            return Uni.createFrom().voidItem();
        }).onFailure().invoke(failure -> LOG.infof("Orders are booked again: %s", failure)).onFailure().recoverWithNull();
    }
}
