package io.partita.broker.api;

import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DescribeUserScramCredentialsRequest;
import io.partita.broker.protocol.message.DescribeUserScramCredentialsRequest.UserName;
import io.partita.broker.protocol.message.DescribeUserScramCredentialsResponse;
import io.partita.broker.protocol.message.DescribeUserScramCredentialsResponse.CredentialInfo;
import io.partita.broker.protocol.message.DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult;
import io.partita.broker.security.sasl.ScramCredential;
import io.partita.broker.security.sasl.ScramHash;
import io.partita.broker.security.sasl.ScramUsers;
import java.util.LinkedHashMap;
import java.util.Map;

/** DescribeUserScramCredentials (key 50), version 0 (KIP-554): which users of SCRAM there are, and how often their passwords are hashed. Nothing else of them is told. */
final class DescribeUserScramCredentialsHandler implements Handler<DescribeUserScramCredentialsRequest> {

    private final MetadataStore metadata;

    DescribeUserScramCredentialsHandler(MetadataStore metadata) {
        this.metadata = metadata;
    }

    @Override
    public void handle(RequestContext context, DescribeUserScramCredentialsRequest request) {
        DescribeUserScramCredentialsResponse response = new DescribeUserScramCredentialsResponse();
        response.errorMessage = null;
        if (!Permission.DESCRIBE_USER_SCRAM_CREDENTIALS.isGranted(context)) {
            response.errorCode = Permission.DESCRIBE_USER_SCRAM_CREDENTIALS.refusal().code();
            response.errorMessage = AclApis.NOT_AUTHORIZED;
            context.respond(response);
            return;
        }
        ScramUsers users = metadata.image().scramUsers();
        if (request.users == null || request.users.isEmpty()) {
            users.byName().forEach((user, credentials) -> response.results.add(described(user, credentials)));
        } else {
            Map<String, Integer> asked = new LinkedHashMap<>();
            for (UserName user : request.users) {
                asked.merge(user.name, 1, Integer::sum);
            }
            asked.forEach((user, times) -> {
                Map<ScramHash, ScramCredential> credentials = users.byName().get(user);
                if (times > 1) {
                    response.results.add(refused(user, ErrorCode.DUPLICATE_RESOURCE,
                            "Cannot describe SCRAM credentials for the same user twice in a single request: " + user));
                } else if (credentials == null) {
                    response.results.add(refused(user, ErrorCode.RESOURCE_NOT_FOUND, "Attempt to describe a user credential that does not exist: " + user));
                } else {
                    response.results.add(described(user, credentials));
                }
            });
        }
        context.respond(response);
    }

    private static DescribeUserScramCredentialsResult refused(String user, ErrorCode error, String message) {
        DescribeUserScramCredentialsResult result = new DescribeUserScramCredentialsResult();
        result.user = user;
        result.errorCode = error.code();
        result.errorMessage = message;
        return result;
    }

    private static DescribeUserScramCredentialsResult described(String user, Map<ScramHash, ScramCredential> credentials) {
        DescribeUserScramCredentialsResult result = new DescribeUserScramCredentialsResult();
        result.user = user;
        result.errorMessage = null;
        for (ScramHash hash : ScramHash.values()) {
            ScramCredential credential = credentials.get(hash);
            if (credential != null) {
                CredentialInfo info = new CredentialInfo();
                info.mechanism = hash.id();
                info.iterations = credential.iterations();
                result.credentialInfos.add(info);
            }
        }
        return result;
    }
}
