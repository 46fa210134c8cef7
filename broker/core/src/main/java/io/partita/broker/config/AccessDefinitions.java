package io.partita.broker.config;

import static io.partita.broker.config.ConfigDefinition.of;
import static io.partita.broker.config.ConfigType.BOOLEAN;
import static io.partita.broker.config.ConfigType.STRING;
import static io.partita.broker.config.Constraint.ANY;
import static io.partita.broker.config.Constraint.oneOf;

/** Broker settings about what clients may do. */
final class AccessDefinitions {

    private AccessDefinitions() {}

    static final ConfigDefinition[] ACCESS = {
        of("authorizer.class.name", STRING, "", oneOf("", "org.apache.kafka.metadata.authorizer.StandardAuthorizer", "kafka.security.authorizer.AclAuthorizer"),
                "Whether clients need permission. Empty: everybody may do everything. With Kafka's names of its authorizer, of now or of before: what access rules"
                        + " (kafka-acls.sh) allow, and super.users may do everything."),
        of("super.users", STRING, "", ANY, "Principals that may do everything, as User:alice, several separated by semicolons."),
        of("allow.everyone.if.no.acl.found", BOOLEAN, "false", ANY, "Whether everybody may do everything with a resource that no access rule is about."),
    };
}
