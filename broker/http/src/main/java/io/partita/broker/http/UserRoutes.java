package io.partita.broker.http;

import io.partita.broker.env.Entropy;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.AlterUserScramCredentialsRequest;
import io.partita.broker.protocol.message.AlterUserScramCredentialsResponse;
import io.partita.broker.protocol.message.DescribeAclsRequest;
import io.partita.broker.protocol.message.DescribeAclsResponse;
import io.partita.broker.protocol.message.DescribeUserScramCredentialsRequest;
import io.partita.broker.protocol.message.DescribeUserScramCredentialsResponse;
import io.partita.broker.security.Acl;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.Authorizer;
import io.partita.broker.security.Decision;
import io.partita.broker.security.Operation;
import io.partita.broker.security.PatternType;
import io.partita.broker.security.PermissionType;
import io.partita.broker.security.Principal;
import io.partita.broker.security.ResourceType;
import io.partita.broker.security.sasl.ScramHash;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Users with passwords (SCRAM), and who may do what, and why. */
final class UserRoutes {

    private static final int ITERATIONS = 8192;
    private static final int SALT_LONGS = 3;
    private static final int PRINCIPALS_MAX = 1_000;

    private final Authorizer authorizer;
    private final Entropy entropy;

    private UserRoutes(Authorizer authorizer, Entropy entropy) {
        this.authorizer = authorizer;
        this.entropy = entropy;
    }

    static List<Route> all(Authorizer authorizer, Entropy entropy) {
        var routes = new UserRoutes(authorizer, entropy);
        return List.of(
                Route.get("/api/v1/users", "listUsers", "The users that have passwords in the cluster (SCRAM), by name", UserRoutes::list)
                        .query("name", "string", "Only those with this in their names").query("limit", "integer", "How many at most (100; at most 1000)")
                        .query("after", "string", "Begin behind this name: next of the page before").gives("users", "array").gives("total", "integer"),
                Route.of("POST", "/api/v1/users", "setUser",
                        "Makes a user, or gives one another password: for SCRAM-SHA-256 and SCRAM-SHA-512 where no mechanisms are named. The password goes to the broker,"
                                + " so use HTTPS where others see the network",
                        routes::set)
                        .takes(new JsonObject().put("user", "bob").put("password", "a secret").put("mechanisms", new JsonArray().add("SCRAM-SHA-512")))
                        .answers(201, "The user").gives("user", "string").gives("mechanisms", "array"),
                Route.of("DELETE", "/api/v1/users/{user}", "deleteUser", "Takes a user's passwords away. His connections stay until they end or log in again",
                        UserRoutes::delete).answers(204, "It is gone"),
                Route.get("/api/v1/access", "explainAccess",
                        "Who may do something, and why: everybody who is named in access rules or super.users or has a password, or one principal",
                        routes::explain)
                        .query("operation", "string", "read (the default), write, create, delete, alter, describe, …")
                        .query("resource", "string", "topic (the default), group, cluster, transactional_id, user")
                        .query("name", "string", "The name of the resource; without it only rules for all names count")
                        .query("principal", "string", "As User:alice; without it everybody is shown")
                        .query("host", "string", "The address that it comes from; without it only rules for all addresses count")
                        .gives("operation", "string").gives("resource", "string").gives("decisions", "array"));
    }

    // ---- users

    private static HttpAnswer list(Exchange exchange) {
        List<DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult> users = users(exchange.kafka());
        users.removeIf(user -> !exchange.isWanted(user.user));
        return HttpAnswer.ok(exchange.page("users", users, user -> user.user, part -> part.stream().map(user -> {
            JsonArray mechanisms = new JsonArray();
            user.credentialInfos.forEach(
                    one -> mechanisms.add(new JsonObject().put("mechanism", ScramHash.forId(one.mechanism).mechanism()).put("iterations", one.iterations)));
            return new JsonObject().put("user", user.user).put("mechanisms", mechanisms);
        }).toList()));
    }

    private static List<DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult> users(Kafka kafka) {
        var request = new DescribeUserScramCredentialsRequest();
        request.users = null;
        DescribeUserScramCredentialsResponse response = kafka.here(ApiKey.DESCRIBE_USER_SCRAM_CREDENTIALS, 0, request);
        Problem.check(response.errorCode, "the cluster", response.errorMessage);
        List<DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult> users = new ArrayList<>(response.results);
        users.removeIf(user -> user.errorCode != ErrorCode.NONE.code());
        users.sort(java.util.Comparator.comparing(user -> user.user));
        return users;
    }

    private HttpAnswer set(Exchange exchange) {
        JsonObject body = exchange.body("user", "password", "iterations", "mechanisms");
        String user = Body.string(body, "user");
        byte[] password = Body.string(body, "password").getBytes(StandardCharsets.UTF_8);
        int iterations = (int) Body.number(body, "iterations", ITERATIONS, ScramHash.ITERATIONS_MIN, ScramHash.ITERATIONS_MAX);
        List<String> mechanisms = Body.strings(body, "mechanisms");
        if (mechanisms.isEmpty()) {
            mechanisms = List.of(ScramHash.SHA_256.mechanism(), ScramHash.SHA_512.mechanism());
        }
        List<ScramHash> hashes = new ArrayList<>();
        for (String mechanism : new TreeSet<>(mechanisms)) {
            ScramHash hash = ScramHash.forMechanism(mechanism);
            if (hash == null) {
                throw Problem.badRequest("There is no mechanism '" + mechanism + "': it is SCRAM-SHA-256 or SCRAM-SHA-512.");
            }
            hashes.add(hash);
        }
        JsonArray made = new JsonArray();
        for (ScramHash hash : hashes) {
            // One request for each: a user may be in a request once.
            var one = new AlterUserScramCredentialsRequest.ScramCredentialUpsertion();
            one.name = user;
            one.mechanism = hash.id();
            one.iterations = iterations;
            ByteBuffer salt = ByteBuffer.allocate(SALT_LONGS * Long.BYTES);
            for (int i = 0; i < SALT_LONGS; i++) {
                salt.putLong(entropy.nextLong());
            }
            one.salt = salt.array();
            one.saltedPassword = hash.salted(password, one.salt, iterations);
            var request = new AlterUserScramCredentialsRequest();
            request.upsertions.add(one);
            alter(exchange.kafka(), request);
            made.add(hash.mechanism());
        }
        return HttpAnswer.json(201, new JsonObject().put("user", user).put("mechanisms", made));
    }

    private static HttpAnswer delete(Exchange exchange) {
        String name = exchange.path("user");
        var found = users(exchange.kafka()).stream().filter(user -> user.user.equals(name)).findFirst()
                .orElseThrow(() -> Problem
                        .notFound("There is no user '" + name + "' with a password in the cluster: GET /api/v1/users lists those that there are."));
        found.credentialInfos.forEach(info -> {
            var deletion = new AlterUserScramCredentialsRequest.ScramCredentialDeletion();
            deletion.name = name;
            deletion.mechanism = info.mechanism;
            var request = new AlterUserScramCredentialsRequest();
            request.deletions.add(deletion);
            alter(exchange.kafka(), request);
        });
        return HttpAnswer.nothing();
    }

    private static void alter(Kafka kafka, AlterUserScramCredentialsRequest request) {
        AlterUserScramCredentialsResponse response = kafka.here(ApiKey.ALTER_USER_SCRAM_CREDENTIALS, 0, request);
        response.results.forEach(result -> Problem.check(result.errorCode, "user '" + result.user + "'", result.errorMessage));
    }

    // ---- who may do what

    private HttpAnswer explain(Exchange exchange) {
        HttpRequest asked = exchange.request();
        Operation operation = AccessRoutes.word(Operation.class, "operation", asked.parameter("operation"), Operation.READ);
        ResourceType type = AccessRoutes.word(ResourceType.class, "kind of resource", asked.parameter("resource"), ResourceType.TOPIC);
        if (!operation.isConcrete() || operation == Operation.ALL || !type.isConcrete()) {
            throw Problem.badRequest("Ask for one operation with one kind of resource.");
        }
        String name = type == ResourceType.CLUSTER ? ResourceType.CLUSTER_NAME : asked.parameter("name");
        // Nothing is called "*": so without a name only rules for all names count.
        name = name == null || name.isEmpty() ? AclBinding.ALL_NAMES : name;
        String host = asked.parameter("host");
        List<AclBinding> rules = rules(exchange.kafka());
        JsonArray decisions = new JsonArray();
        for (String who : principals(exchange.kafka(), asked.parameter("principal"), rules)) {
            Principal principal = Principal.parse(who);
            if (principal == null) {
                throw Problem.badRequest("'" + who + "' is no principal: write its kind, a colon and its name, as User:alice.");
            }
            // Nobody comes from "*": so without an address only rules for all addresses count.
            Decision decision = authorizer.explain(principal, host == null ? Acl.EVERYWHERE : host, operation, type, name);
            JsonObject one = new JsonObject().put("principal", who).put("allowed", decision.allowed())
                    .put("reason", decision.reason().name().toLowerCase(java.util.Locale.ROOT))
                    .put("why", decision.sentence());
            if (decision.rule() != null) {
                AclBinding rule = decision.rule();
                one.put("rule", AccessRoutes.rule(rule.type().id(), rule.name(), rule.pattern().id(), rule.acl().principal(), rule.acl().host(),
                        rule.acl().operation().id(), rule.acl().permission().id()));
            }
            decisions.add(one);
        }
        return HttpAnswer.ok(new JsonObject().put("operation", AccessRoutes.text(operation)).put("resource", AccessRoutes.text(type)).put("name", name)
                .put("decisions", decisions));
    }

    /** All rules. @throws Problem when the caller may not see them */
    private List<AclBinding> rules(Kafka kafka) {
        List<AclBinding> rules = new ArrayList<>();
        if (!authorizer.isEnabled()) {
            return rules;
        }
        var request = new DescribeAclsRequest();
        request.resourceTypeFilter = ResourceType.ANY.id();
        request.resourceNameFilter = null;
        request.principalFilter = null;
        request.hostFilter = null;
        request.patternTypeFilter = PatternType.ANY.id();
        request.operation = Operation.ANY.id();
        request.permissionType = PermissionType.ANY.id();
        DescribeAclsResponse response = kafka.here(ApiKey.DESCRIBE_ACLS, 3, request);
        Problem.check(response.errorCode, "the cluster", null);
        response.resources.forEach(resource -> resource.acls.forEach(acl -> rules.add(new AclBinding(ResourceType.forId(resource.resourceType),
                resource.resourceName, PatternType.forId(resource.patternType),
                new Acl(acl.principal, acl.host, Operation.forId(acl.operation), PermissionType.forId(acl.permissionType))))));
        return rules;
    }

    private Iterable<String> principals(Kafka kafka, String wanted, List<AclBinding> rules) {
        if (wanted != null) {
            return List.of(wanted);
        }
        TreeSet<String> all = new TreeSet<>(authorizer.superUsers());
        rules.forEach(rule -> all.add(rule.acl().principal()));
        users(kafka).forEach(user -> all.add(Principal.user(user.user).toString()));
        while (all.size() > PRINCIPALS_MAX) {
            all.pollLast();
        }
        return all;
    }
}
