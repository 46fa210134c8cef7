package io.partita.broker.api;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.CreateDelegationTokenRequest;
import io.partita.broker.protocol.message.CreateDelegationTokenResponse;
import io.partita.broker.protocol.message.DescribeDelegationTokenRequest;
import io.partita.broker.protocol.message.DescribeDelegationTokenResponse;
import io.partita.broker.protocol.message.ExpireDelegationTokenRequest;
import io.partita.broker.protocol.message.ExpireDelegationTokenResponse;
import io.partita.broker.protocol.message.RenewDelegationTokenRequest;
import io.partita.broker.protocol.message.RenewDelegationTokenResponse;

/**
 * The APIs about delegation tokens, which this broker has not: what they are for is done by OAUTHBEARER, with tokens that somebody else makes. Administration tools ask for
 * them all the same, and wait or fail as a whole where a connection is closed on them. So each is answered as by a Kafka broker that has no tokens.
 */
public final class SecurityApis {

    private SecurityApis() {}

    /** Answers them. */
    public static void serve(ApiRegistry.Builder registry) {
        registry.serve(ApiKey.CREATE_DELEGATION_TOKEN, 1, 3, SecurityApis::createToken)
                .serve(ApiKey.RENEW_DELEGATION_TOKEN, 1, 2, SecurityApis::renewToken)
                .serve(ApiKey.EXPIRE_DELEGATION_TOKEN, 1, 2, SecurityApis::expireToken)
                .serve(ApiKey.DESCRIBE_DELEGATION_TOKEN, 1, 3, SecurityApis::describeTokens);
    }

    private static void createToken(RequestContext context, CreateDelegationTokenRequest request) {
        CreateDelegationTokenResponse response = new CreateDelegationTokenResponse();
        response.errorCode = ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED.code();
        response.principalType = context.client().principal().type();
        response.principalName = context.client().principal().name();
        response.tokenRequesterPrincipalType = context.client().principal().type();
        response.tokenRequesterPrincipalName = context.client().principal().name();
        response.issueTimestampMs = -1;
        response.expiryTimestampMs = -1;
        response.maxTimestampMs = -1;
        context.respond(response);
    }

    private static void renewToken(RequestContext context, RenewDelegationTokenRequest request) {
        RenewDelegationTokenResponse response = new RenewDelegationTokenResponse();
        response.errorCode = ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED.code();
        response.expiryTimestampMs = -1;
        context.respond(response);
    }

    private static void expireToken(RequestContext context, ExpireDelegationTokenRequest request) {
        ExpireDelegationTokenResponse response = new ExpireDelegationTokenResponse();
        response.errorCode = ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED.code();
        response.expiryTimestampMs = -1;
        context.respond(response);
    }

    private static void describeTokens(RequestContext context, DescribeDelegationTokenRequest request) {
        DescribeDelegationTokenResponse response = new DescribeDelegationTokenResponse();
        response.errorCode = ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED.code();
        context.respond(response);
    }
}
