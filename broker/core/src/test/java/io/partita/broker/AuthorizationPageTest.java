package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.broker.api.Permission;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** docs/AUTHORIZATION.md is what {@link Permission} says. With {@code -Dpartita.docs.write=true} this test writes it. */
class AuthorizationPageTest {

    private static final Path PAGE = Path.of("../../docs/AUTHORIZATION.md");

    @Test
    void thePageSaysWhatTheTableSays() throws IOException {
        String page = page();
        if (Boolean.getBoolean("partita.docs.write")) {
            Files.writeString(PAGE, page);
        }
        assertEquals(page, Files.readString(PAGE), "docs/AUTHORIZATION.md is out of date: mvn -pl broker/core -am test -Dtest=AuthorizationPageTest"
                + " -Dsurefire.failIfNoSpecifiedTests=false -Dpartita.docs.write=true writes it anew");
    }

    private static String page() {
        StringBuilder page = new StringBuilder("""
                # Authorization

                <!-- Written by AuthorizationPageTest from io.partita.broker.api.Permission. -->

                Off unless `authorizer.class.name` is set, to `org.apache.kafka.metadata.authorizer.StandardAuthorizer` as with Kafka. Then clients may do what access rules
                allow, which `kafka-acls.sh` and the Admin API make, list and take away, and which are kept with the topics in the broker's metadata. The rules are Kafka's:

                - `super.users` may do everything. A client that nobody authenticated is `User:ANONYMOUS`.
                - A rule names a principal (`User:*` is everybody), the address that clients come from (`*` is any), an operation (`ALL` is every one), and resources: one by
                  its name, all whose names begin with something (`PREFIXED`), or all (`*`).
                - A rule that denies wins over every rule that allows. What no rule allows is refused, unless no rule is about the resource at all and
                  `allow.everyone.if.no.acl.found=true`.
                - Who may READ, WRITE, DELETE or ALTER may DESCRIBE, and who may ALTER_CONFIGS may DESCRIBE_CONFIGS.
                - A change of the rules holds from the next request on, on open connections too.

                Each refusal is a line of the logger `io.partita.audit`: who, from where, by which listener, what, and because of which rule. A client that goes on asking
                fills no disk: of more than 100 refusals a second only the number is written. With `audit.administration.enable=true` there is a line, too, for each topic, setting,
                rule, quota and group that a client creates, changes or deletes, and for what came of it. Lines have names in them, no values, records or credentials:

                    refused principal=User:alice host=10.0.0.1 listener=SASL_SSL client=app api=Produce operation=WRITE resource=TOPIC:orders reason="no rule allows it"
                    administered principal=User:bob host=10.0.0.2 listener=SASL_SSL client=admin api=CreateTopics what=TOPIC:orders outcome=NONE

                ## What each API asks for

                Where lines say *or*, one of them is enough. What is *left out* is missing from the answer without an error. A topic that a client may not know looks like one
                that is not there, and the other way round: both get the error of the table. Where a request names topics by their ids, which nobody guesses, it is Metadata alone that
                says UNKNOWN_TOPIC_ID of both, as with Kafka.

                | API | operation | on | of what | otherwise |
                | --- | --- | --- | --- | --- |
                """);
        for (Permission permission : Permission.values()) {
            page.append("| ").append(permission.api().title()).append(" | ").append(permission.instead() == null ? "" : "or ").append(permission.operation())
                    .append(" | ").append(permission.type()).append(" | ").append(permission.of()).append(" | ")
                    .append(permission.refusal() == null ? "left out" : permission.refusal().name()).append(" |\n");
        }
        page.append("\nAnybody may use ");
        page.append(String.join(", ", Permission.FREE.stream().map(key -> key.title()).toList()));
        return page.append(": these say what the broker is, or who the client is. No delegation tokens are given.\n").toString();
    }
}
