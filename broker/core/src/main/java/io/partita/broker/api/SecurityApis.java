package io.partita.broker.api;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.AlterUserScramCredentialsRequest;
import io.partita.broker.protocol.message.AlterUserScramCredentialsResponse;
import io.partita.broker.protocol.message.CreateDelegationTokenRequest;
import io.partita.broker.protocol.message.CreateDelegationTokenResponse;
import io.partita.broker.protocol.message.DescribeDelegationTokenRequest;
import io.partita.broker.protocol.message.DescribeDelegationTokenResponse;
import io.partita.broker.protocol.message.DescribeUserScramCredentialsRequest;
import io.partita.broker.protocol.message.DescribeUserScramCredentialsResponse;
import io.partita.broker.protocol.message.ExpireDelegationTokenRequest;
import io.partita.broker.protocol.message.ExpireDelegationTokenResponse;
import io.partita.broker.protocol.message.RenewDelegationTokenRequest;
import io.partita.broker.protocol.message.RenewDelegationTokenResponse;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The APIs about identities, none of which this broker has. Administration tools ask for them all the same, and wait or fail as a
 * whole where a connection is closed on them. So each is answered as by a Kafka broker that has no tokens and no users; what
 * would change something is refused with a sentence where the answer has room for one.
 *
 * <p>An API that comes to be served gets a handler of its own and leaves this class.
 */
public final class SecurityApis {

    private static final String NO_USERS = "This broker authenticates nobody: no credentials were set.";
    private static final String NO_SUCH_USER = "This broker authenticates nobody and keeps no credentials.";

    private SecurityApis() {}

    /** Answers them. */
    public static void serve(ApiRegistry.Builder registry) {
        registry.serve(ApiKey.CREATE_DELEGATION_TOKEN, 1, 3, SecurityApis::createToken)
                .serve(ApiKey.RENEW_DELEGATION_TOKEN, 1, 2, SecurityApis::renewToken)
                .serve(ApiKey.EXPIRE_DELEGATION_TOKEN, 1, 2, SecurityApis::expireToken)
                .serve(ApiKey.DESCRIBE_DELEGATION_TOKEN, 1, 3, SecurityApis::describeTokens)
                .serve(ApiKey.DESCRIBE_USER_SCRAM_CREDENTIALS, 0, 0, SecurityApis::describeUsers)
                .serve(ApiKey.ALTER_USER_SCRAM_CREDENTIALS, 0, 0, SecurityApis::alterUsers);
    }

    private static void createToken(RequestContext context, CreateDelegationTokenRequest request) {
        CreateDelegationTokenResponse response = new CreateDelegationTokenResponse();
        // A token vouches for who asked, and nobody here is known.
        response.errorCode = ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED.code();
        response.principalType = "User";
        response.principalName = "ANONYMOUS";
        response.tokenRequesterPrincipalType = "User";
        response.tokenRequesterPrincipalName = "ANONYMOUS";
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

    private static void describeUsers(RequestContext context, DescribeUserScramCredentialsRequest request) {
        DescribeUserScramCredentialsResponse response = new DescribeUserScramCredentialsResponse();
        response.errorMessage = null;
        if (!Permission.DESCRIBE_USER_SCRAM_CREDENTIALS.isGranted(context)) {
            response.errorCode = Permission.DESCRIBE_USER_SCRAM_CREDENTIALS.refusal().code();
            response.errorMessage = AclApis.NOT_AUTHORIZED;
            context.respond(response);
            return;
        }
        Set<String> names = new LinkedHashSet<>();
        if (request.users != null) {
            request.users.forEach(user -> names.add(user.name));
        }
        for (String name : names) {
            DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult result = new DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult();
            result.user = name;
            result.errorCode = ErrorCode.RESOURCE_NOT_FOUND.code();
            result.errorMessage = NO_SUCH_USER;
            response.results.add(result);
        }
        context.respond(response);
    }

    private static void alterUsers(RequestContext context, AlterUserScramCredentialsRequest request) {
        AlterUserScramCredentialsResponse response = new AlterUserScramCredentialsResponse();
        Set<String> upserted = new LinkedHashSet<>();
        request.upsertions.forEach(upsertion -> upserted.add(upsertion.name));
        Set<String> named = new LinkedHashSet<>(upserted);
        request.deletions.forEach(deletion -> named.add(deletion.name));
        boolean isAllowed = Permission.ALTER_USER_SCRAM_CREDENTIALS.isGranted(context);
        for (String name : named) {
            AlterUserScramCredentialsResponse.AlterUserScramCredentialsResult result = new AlterUserScramCredentialsResponse.AlterUserScramCredentialsResult();
            boolean sets = upserted.contains(name);
            result.user = name;
            if (isAllowed) {
                result.errorCode = (sets ? ErrorCode.UNSUPPORTED_SASL_MECHANISM : ErrorCode.RESOURCE_NOT_FOUND).code();
                result.errorMessage = sets ? NO_USERS : NO_SUCH_USER;
            } else {
                result.errorCode = Permission.ALTER_USER_SCRAM_CREDENTIALS.refusal().code();
                result.errorMessage = AclApis.NOT_AUTHORIZED;
            }
            response.results.add(result);
        }
        context.respond(response);
    }
}
