package io.partita.broker.config;

import static io.partita.broker.config.ConfigDefinition.of;
import static io.partita.broker.config.ConfigType.BOOLEAN;
import static io.partita.broker.config.ConfigType.INT;
import static io.partita.broker.config.ConfigType.STRING;
import static io.partita.broker.config.Constraint.ANY;
import static io.partita.broker.config.Constraint.atLeast;
import static io.partita.broker.config.Constraint.oneOf;

/** Broker settings about what clients may do, and how much of it. */
final class AccessDefinitions {

    private AccessDefinitions() {}

    static final ConfigDefinition[] ACCESS = {
        of("authorizer.class.name", STRING, "", oneOf("", "org.apache.kafka.metadata.authorizer.StandardAuthorizer", "kafka.security.authorizer.AclAuthorizer"),
                "Whether clients need permission. Empty: everybody may do everything. With Kafka's names of its authorizer, of now or of before: what access rules"
                        + " (kafka-acls.sh) allow, and super.users may do everything."),
        of("super.users", STRING, "", ANY, "Principals that may do everything, as User:alice, several separated by semicolons."),
        of("audit.administration.enable", BOOLEAN, "false", ANY,
                "Whether whatever clients create, change and delete is written to the logger io.partita.audit, a line each. What they are refused always is."
                        + " Partita's own setting."),
        of("quota.window.num", INT, "11", atLeast(1),
                "Windows of time over which the rates are taken that quotas bound (kafka-configs --entity-type clients)."),
        of("quota.window.size.seconds", INT, "1", atLeast(1), "Seconds of such a window."),
        of("controller.quota.window.num", INT, "11", atLeast(1), "The same for the quota controller_mutation_rate."),
        of("controller.quota.window.size.seconds", INT, "1", atLeast(1), "The same for the quota controller_mutation_rate."),
        of("max.connection.creation.rate", INT, "2147483647", atLeast(1),
                "New connections a second on all listeners. When there are more, accepting pauses. The quota connection_creation_rate bounds single addresses."),
        of("allow.everyone.if.no.acl.found", BOOLEAN, "false", ANY, "Whether everybody may do everything with a resource that no access rule is about."),
    };
}
