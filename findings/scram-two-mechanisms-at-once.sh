#!/usr/bin/env bash
# Package: org.apache.kafka:kafka-clients and kafka_2.13, 4.4.0 (Maven Central)
# Behaviour: A user of SCRAM may have a credential for each mechanism. AlterUserScramCredentials
#   refuses two upsertions for one user in one request, though they are for different mechanisms: DuplicateResourceException. One after the other they are taken.
# Seen: both at once: DuplicateResourceException; one after the other: ok, then two mechanisms
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-clients:4.4.0
kafka
java_main << 'JAVA'
import java.util.*;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.*;

class Main {
    static UserScramCredentialUpsertion upsertion(String user, ScramMechanism mechanism) {
        return new UserScramCredentialUpsertion(user, new ScramCredentialInfo(mechanism, 4096), "secret");
    }

    static String outcome(Admin admin, UserScramCredentialAlteration... alterations) throws Exception {
        try {
            admin.alterUserScramCredentials(List.of(alterations)).all().get();
            return "ok";
        } catch (ExecutionException e) {
            return e.getCause().getClass().getSimpleName();
        }
    }

    public static void main(String[] args) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            System.out.println("both at once: " + outcome(admin, upsertion("alice", ScramMechanism.SCRAM_SHA_256), upsertion("alice", ScramMechanism.SCRAM_SHA_512)));
            System.out.println("one after the other: " + outcome(admin, upsertion("bob", ScramMechanism.SCRAM_SHA_256)) + ", "
                    + outcome(admin, upsertion("bob", ScramMechanism.SCRAM_SHA_512)));
            int mechanisms;
            do {
                mechanisms = admin.describeUserScramCredentials().all().get().get("bob").credentialInfos().size();
            } while (mechanisms < 2);
            System.out.println("mechanisms of bob: " + mechanisms);
        }
    }
}
JAVA
expect 'both at once: DuplicateResourceException'
expect 'one after the other: ok, ok'
expect 'mechanisms of bob: 2'
echo "as described"
