package io.partita.broker.api;

import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.Result;
import io.partita.broker.metadata.UserAlteration;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.AlterUserScramCredentialsRequest;
import io.partita.broker.protocol.message.AlterUserScramCredentialsRequest.ScramCredentialDeletion;
import io.partita.broker.protocol.message.AlterUserScramCredentialsRequest.ScramCredentialUpsertion;
import io.partita.broker.protocol.message.AlterUserScramCredentialsResponse;
import io.partita.broker.protocol.message.AlterUserScramCredentialsResponse.AlterUserScramCredentialsResult;
import io.partita.broker.security.sasl.ScramCredential;
import io.partita.broker.security.sasl.ScramHash;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * AlterUserScramCredentials (key 51), version 0 (KIP-554): makes users of SCRAM, gives them other passwords, takes them away. The client sends a salted password, of which no
 * more is kept than SCRAM needs. What is asked for one user is done as a whole.
 */
final class AlterUserScramCredentialsHandler implements Handler<AlterUserScramCredentialsRequest> {

    private final MetadataStore metadata;

    AlterUserScramCredentialsHandler(MetadataStore metadata) {
        this.metadata = metadata;
    }

    /** What is asked for one user, until something is wrong with it. */
    private static final class Asked {
        final Map<ScramHash, ScramCredential> set = new EnumMap<>(ScramHash.class);
        final Set<ScramHash> removed = EnumSet.noneOf(ScramHash.class);
        Result<Void> refusal;

        void refuse(ErrorCode error, String message) {
            if (refusal == null) {
                refusal = Result.refused(error, message);
            }
        }

        /** The kind of SCRAM of this number, unless something is wrong with it. */
        ScramHash hash(String user, int mechanism) {
            ScramHash hash = ScramHash.forId(mechanism);
            if (user.isEmpty()) {
                refuse(ErrorCode.UNACCEPTABLE_CREDENTIAL, "Username must not be empty");
            } else if (hash == null) {
                refuse(ErrorCode.UNSUPPORTED_SASL_MECHANISM, "Unknown SCRAM mechanism: there are SCRAM-SHA-256 (1) and SCRAM-SHA-512 (2)");
            } else if (set.containsKey(hash) || removed.contains(hash)) {
                refuse(ErrorCode.DUPLICATE_RESOURCE, "A user credential cannot be altered twice in the same request");
            } else {
                return hash;
            }
            return null;
        }
    }

    @Override
    public void handle(RequestContext context, AlterUserScramCredentialsRequest request) {
        Map<String, Asked> byUser = new LinkedHashMap<>();
        boolean isAllowed = Permission.ALTER_USER_SCRAM_CREDENTIALS.isGranted(context);
        for (ScramCredentialDeletion deletion : request.deletions) {
            Asked asked = byUser.computeIfAbsent(deletion.name, ignored -> new Asked());
            ScramHash hash = asked.hash(deletion.name, deletion.mechanism);
            if (hash != null) {
                asked.removed.add(hash);
            }
        }
        for (ScramCredentialUpsertion upsertion : request.upsertions) {
            upsert(byUser.computeIfAbsent(upsertion.name, ignored -> new Asked()), upsertion);
        }
        List<UserAlteration> alterations = new ArrayList<>();
        byUser.forEach((user, asked) -> {
            if (!isAllowed) {
                asked.refusal = Result.refused(Permission.ALTER_USER_SCRAM_CREDENTIALS.refusal(), AclApis.NOT_AUTHORIZED);
            } else if (asked.refusal == null) {
                alterations.add(new UserAlteration(user, asked.set, asked.removed));
            }
        });
        TimedAnswer.give(context, metadata.alterUsers(alterations), AlterConfigsHandler.WAIT_MILLIS_MAX,
                altered -> {
                    int next = 0;
                    for (Asked asked : byUser.values()) {
                        asked.refusal = asked.refusal == null ? altered.get(next++) : asked.refusal;
                    }
                    return response(byUser);
                },
                (error, reason) -> {
                    byUser.values().forEach(asked -> asked.refuse(error, reason));
                    return response(byUser);
                });
    }

    private static void upsert(Asked asked, ScramCredentialUpsertion upsertion) {
        ScramHash hash = asked.hash(upsertion.name, upsertion.mechanism);
        if (hash == null) {
            return;
        }
        if (upsertion.iterations < ScramHash.ITERATIONS_MIN) {
            asked.refuse(ErrorCode.UNACCEPTABLE_CREDENTIAL, "Too few iterations: give " + ScramHash.ITERATIONS_MIN + " at least");
        } else if (upsertion.iterations > ScramHash.ITERATIONS_MAX) {
            asked.refuse(ErrorCode.UNACCEPTABLE_CREDENTIAL, "Too many iterations: give " + ScramHash.ITERATIONS_MAX + " at most");
        } else if (upsertion.salt.length == 0 || upsertion.saltedPassword.length != hash.bytes()) {
            asked.refuse(ErrorCode.UNACCEPTABLE_CREDENTIAL, "The salt is empty, or the salted password is none of " + hash.mechanism());
        } else {
            asked.set.put(hash, ScramCredential.ofSalted(hash, upsertion.saltedPassword, upsertion.salt, upsertion.iterations));
        }
    }

    private static AlterUserScramCredentialsResponse response(Map<String, Asked> byUser) {
        AlterUserScramCredentialsResponse response = new AlterUserScramCredentialsResponse();
        byUser.forEach((user, asked) -> {
            AlterUserScramCredentialsResult result = new AlterUserScramCredentialsResult();
            result.user = user;
            result.errorCode = asked.refusal.error().code();
            result.errorMessage = asked.refusal.message();
            response.results.add(result);
        });
        return response;
    }
}
