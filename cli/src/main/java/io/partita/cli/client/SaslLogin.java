package io.partita.cli.client;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.SaslAuthenticateRequest;
import io.partita.broker.protocol.message.SaslAuthenticateResponse;
import io.partita.broker.protocol.message.SaslHandshakeRequest;
import io.partita.broker.protocol.message.SaslHandshakeResponse;
import io.partita.broker.security.sasl.JaasOptions;
import io.partita.broker.security.sasl.ScramHash;
import io.partita.cli.client.Failure.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Says to a broker who we are: PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512 with the user of {@code sasl.jaas.config}, OAUTHBEARER with the token in it. */
final class SaslLogin {

    private final String mechanism;
    private final Map<String, String> options;

    SaslLogin(ClientSettings settings) {
        mechanism = settings.value("sasl.mechanism", "PLAIN");
        String jaas = settings.value("sasl.jaas.config");
        if (jaas == null) {
            throw new Failure(Kind.USAGE, "security.protocol asks for a login, and there is no sasl.jaas.config with the user.",
                    "Set sasl.mechanism=SCRAM-SHA-512 and sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username=\"…\""
                            + " password=\"…\"; in the file of --config.");
        }
        try {
            options = JaasOptions.all(jaas);
        } catch (IllegalArgumentException e) {
            throw new Failure(Kind.USAGE, "sasl.jaas.config cannot be read: " + e.getMessage() + ".");
        }
    }

    void perform(BrokerConnection connection) {
        SaslHandshakeRequest handshake = new SaslHandshakeRequest();
        handshake.mechanism = mechanism;
        SaslHandshakeResponse answer = connection.call(ApiKey.SASL_HANDSHAKE, 1, 1, handshake, new SaslHandshakeResponse());
        if (answer.errorCode != 0) {
            throw new Failure(Kind.NOT_ALLOWED, "The broker " + connection.address() + " does not offer the mechanism " + mechanism + ".",
                    "sasl.mechanism can be " + String.join(", ", answer.mechanisms) + ".");
        }
        ScramHash hash = ScramHash.forMechanism(mechanism);
        if (hash != null) {
            ScramDialogue dialogue = new ScramDialogue(hash, option("username"), option("password"));
            byte[] challenge = exchange(connection, dialogue.first());
            dialogue.verify(exchange(connection, dialogue.proof(challenge)));
            return;
        }
        exchange(connection, switch (mechanism) {
            case "PLAIN" -> ("\0" + option("username") + "\0" + option("password")).getBytes(StandardCharsets.UTF_8);
            case "OAUTHBEARER" -> ("n,,\u0001auth=Bearer " + option("token") + "\u0001\u0001").getBytes(StandardCharsets.UTF_8);
            default -> throw new Failure(Kind.USAGE, "The mechanism " + mechanism + " is not known here.",
                    "sasl.mechanism is PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER.");
        });
    }

    private String option(String name) {
        String value = options.get(name);
        if (value == null) {
            throw new Failure(Kind.USAGE, "sasl.jaas.config has no " + name + ", which " + mechanism + " needs.");
        }
        return value;
    }

    private static byte[] exchange(BrokerConnection connection, byte[] bytes) {
        SaslAuthenticateRequest request = new SaslAuthenticateRequest();
        request.authBytes = bytes;
        SaslAuthenticateResponse response = connection.call(ApiKey.SASL_AUTHENTICATE, 0, 2, request, new SaslAuthenticateResponse());
        if (response.errorCode != 0) {
            throw new Failure(Kind.NOT_ALLOWED, "The broker " + connection.address() + " does not let you in: "
                    + (response.errorMessage == null ? ErrorCode.forCode(response.errorCode).name() : Sentences.end(response.errorMessage)),
                    "Are user and password in sasl.jaas.config right?");
        }
        return response.authBytes;
    }
}
