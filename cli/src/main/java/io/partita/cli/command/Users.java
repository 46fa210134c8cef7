package io.partita.cli.command;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.AlterUserScramCredentialsRequest;
import io.partita.broker.protocol.message.AlterUserScramCredentialsResponse;
import io.partita.broker.protocol.message.DescribeUserScramCredentialsRequest;
import io.partita.broker.protocol.message.DescribeUserScramCredentialsResponse;
import io.partita.broker.protocol.message.DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult;
import io.partita.broker.security.sasl.ScramHash;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Sentences;
import java.util.Comparator;
import java.util.List;

/** Asks about users, and changes them. */
final class Users {

    private final Cluster cluster;

    Users(Cluster cluster) {
        this.cluster = cluster;
    }

    List<DescribeUserScramCredentialsResult> all() {
        DescribeUserScramCredentialsRequest request = new DescribeUserScramCredentialsRequest();
        request.users = null;
        DescribeUserScramCredentialsResponse response = cluster.callController(ApiKey.DESCRIBE_USER_SCRAM_CREDENTIALS, 0, 0, request,
                DescribeUserScramCredentialsResponse::new, answer -> answer.errorCode);
        Sentences.check(response.errorCode, response.errorMessage, "Users");
        return response.results.stream().filter(user -> user.errorCode == 0).sorted(Comparator.comparing(user -> user.user)).toList();
    }

    static List<String> mechanisms(DescribeUserScramCredentialsResult user) {
        return user.credentialInfos.stream().map(info -> ScramHash.forId(info.mechanism).mechanism()).sorted().toList();
    }

    void alter(AlterUserScramCredentialsRequest request) {
        AlterUserScramCredentialsResponse response = cluster.callController(ApiKey.ALTER_USER_SCRAM_CREDENTIALS, 0, 0, request,
                AlterUserScramCredentialsResponse::new,
                answer -> answer.results.stream().mapToInt(result -> result.errorCode).filter(code -> code == ErrorCode.NOT_CONTROLLER.code()).findAny()
                        .orElse(0));
        response.results.forEach(result -> Sentences.check(result.errorCode, result.errorMessage, "The user " + result.user));
    }
}
