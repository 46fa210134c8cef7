package io.partita.broker.api;

import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.SaslAuthenticateRequest;
import io.partita.broker.protocol.message.SaslAuthenticateResponse;
import io.partita.broker.protocol.message.SaslHandshakeRequest;
import io.partita.broker.protocol.message.SaslHandshakeResponse;

/**
 * The APIs by which clients say who they are, and those about the users of SCRAM. SaslHandshake (key 17), versions 0-1, and SaslAuthenticate (key 36), versions 0-2. Where a listener asks for them the network serves them itself, before anything
 * else; here is what is left: clients that authenticate where nobody asks, which get Kafka's error.
 */
public final class AuthenticationApis {

    private static final String NOT_ASKED = "This listener asks nobody to authenticate by SASL: use security.protocol=PLAINTEXT or SSL, or connect to another listener.";

    private AuthenticationApis() {}

    /** Answers them. */
    public static void serve(ApiRegistry.Builder registry, MetadataStore metadata) {
        registry.serve(ApiKey.SASL_HANDSHAKE, 0, 1, AuthenticationApis::handshake)
                .serve(ApiKey.SASL_AUTHENTICATE, 0, 2, AuthenticationApis::authenticate)
                .serve(ApiKey.DESCRIBE_USER_SCRAM_CREDENTIALS, 0, 0, new DescribeUserScramCredentialsHandler(metadata))
                .serve(ApiKey.ALTER_USER_SCRAM_CREDENTIALS, 0, 0, new AlterUserScramCredentialsHandler(metadata));
    }

    private static void handshake(RequestContext context, SaslHandshakeRequest request) {
        SaslHandshakeResponse response = new SaslHandshakeResponse();
        response.errorCode = ErrorCode.ILLEGAL_SASL_STATE.code();
        context.respond(response);
    }

    private static void authenticate(RequestContext context, SaslAuthenticateRequest request) {
        SaslAuthenticateResponse response = new SaslAuthenticateResponse();
        response.errorCode = ErrorCode.ILLEGAL_SASL_STATE.code();
        response.errorMessage = NOT_ASKED;
        context.respond(response);
    }
}
