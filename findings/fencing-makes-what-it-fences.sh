#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: Admin.fenceProducers() and Admin.forceTerminateTransaction() with a transactional id that nobody has, as after a slip of the pen, succeed, and make it: it is listed from then on,
#   with a producer id of its own, as a transaction in state Empty. So whoever ends a hanging transaction is told that it is done, while the real one goes on. describeTransactions()
#   says that there is no such id. One would expect the same error from the other two.
# Seen: describe: TransactionalIdNotFoundException; fenceProducers: ok, then listed as Empty; forceTerminateTransaction: ok, then listed as Empty
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0
kafka
java_main << 'JAVA'
import java.util.*;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.*;

class Main {
    static String listed(Admin admin, String id) throws Exception {
        return admin.listTransactions().all().get().stream().filter(transaction -> transaction.transactionalId().equals(id)).map(transaction -> transaction.state().toString())
                .findFirst().orElse("not listed");
    }

    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            admin.fenceProducers(List.of("first")).all().get();
            try {
                admin.describeTransactions(List.of("no such")).all().get();
                System.out.println("describe: ok");
            } catch (ExecutionException e) {
                System.out.println("describe: " + e.getCause().getClass().getSimpleName() + ", " + listed(admin, "no such"));
            }
            admin.fenceProducers(List.of("fenced")).all().get();
            System.out.println("fence: ok, " + listed(admin, "fenced"));
            admin.forceTerminateTransaction("terminated").result().get();
            System.out.println("terminate: ok, " + listed(admin, "terminated"));
        }
    }
}
JAVA
expect 'describe: TransactionalIdNotFoundException, not listed'
expect 'fence: ok, Empty'
expect 'terminate: ok, Empty'
echo "as described"
