package io.partita.broker.http;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.message.AlterClientQuotasRequest;
import io.partita.broker.protocol.message.AlterClientQuotasResponse;
import io.partita.broker.protocol.message.CreateAclsRequest;
import io.partita.broker.protocol.message.CreateAclsResponse;
import io.partita.broker.protocol.message.DeleteAclsRequest;
import io.partita.broker.protocol.message.DeleteAclsResponse;
import io.partita.broker.protocol.message.DescribeAclsRequest;
import io.partita.broker.protocol.message.DescribeAclsResponse;
import io.partita.broker.protocol.message.DescribeClientQuotasRequest;
import io.partita.broker.protocol.message.DescribeClientQuotasResponse;
import io.partita.broker.security.Operation;
import io.partita.broker.security.PatternType;
import io.partita.broker.security.PermissionType;
import io.partita.broker.security.ResourceType;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Access rules and quotas. */
final class AccessRoutes {

    private AccessRoutes() {}

    static List<Route> all() {
        JsonObject rule = new JsonObject().put("resource", "topic").put("name", "orders").put("pattern", "literal").put("principal", "User:alice")
                .put("host", "*").put("operation", "read").put("permission", "allow");
        return List.of(
                filtered(Route.get("/api/v1/acls", "listAcls", "Access rules", AccessRoutes::list)).gives("acls", "array"),
                Route.of("POST", "/api/v1/acls", "createAcl", "Makes an access rule", AccessRoutes::create).takes(rule).answers(201, "The rule")
                        .gives("resource", "string"),
                filtered(Route.of("DELETE", "/api/v1/acls", "deleteAcls",
                        "Deletes the access rules that are as the parameters say; at least one has to be given",
                        AccessRoutes::delete)).gives("deleted", "array"),
                Route.get("/api/v1/quotas", "listQuotas", "What bounds clients, by user, client id and address", AccessRoutes::quotas).gives("quotas", "array"),
                Route.of("POST", "/api/v1/quotas", "changeQuota", "Sets what bounds a client; null takes a bound away. A name of null is that of all others",
                        AccessRoutes::changeQuota)
                        .takes(new JsonObject().put("entity", new JsonObject().put("user", "alice")).put("quotas",
                                new JsonObject().put("producer_byte_rate", 1048576)))
                        .query("dryRun", "boolean", "Only say whether it could be done").gives("dryRun", "boolean"));
    }

    private static Route filtered(Route route) {
        return route.query("resource", "string", "topic, group, cluster, transactional_id, user").query("name", "string", "The name of the resource")
                .query("pattern", "string", "literal, prefixed, or match for all that concern the name").query("principal", "string", "As User:alice")
                .query("host", "string", "An address, or *").query("operation", "string", "read, write, create, delete, alter, describe, …")
                .query("permission", "string", "allow or deny");
    }

    static <T extends Enum<T>> T word(Class<T> type, String name, String value, T otherwise) {
        if (value == null) {
            return otherwise;
        }
        try {
            T found = Enum.valueOf(type, value.toUpperCase(Locale.ROOT).replace('-', '_'));
            if (!found.name().equals("UNKNOWN")) {
                return found;
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        throw Problem.badRequest("There is no " + name + " '" + value + "'.");
    }

    static String text(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    static JsonObject rule(byte resource, String name, byte pattern, String principal, String host, byte operation, byte permission) {
        return new JsonObject().put("resource", text(ResourceType.forId(resource))).put("name", name).put("pattern", text(PatternType.forId(pattern)))
                .put("principal", principal).put("host", host).put("operation", text(Operation.forId(operation)))
                .put("permission", text(PermissionType.forId(permission)));
    }

    private static HttpAnswer list(Exchange exchange) {
        HttpRequest asked = exchange.request();
        var request = new DescribeAclsRequest();
        request.resourceTypeFilter = word(ResourceType.class, "kind of resource", asked.parameter("resource"), ResourceType.ANY).id();
        request.resourceNameFilter = asked.parameter("name");
        request.patternTypeFilter = word(PatternType.class, "pattern", asked.parameter("pattern"), PatternType.ANY).id();
        request.principalFilter = asked.parameter("principal");
        request.hostFilter = asked.parameter("host");
        request.operation = word(Operation.class, "operation", asked.parameter("operation"), Operation.ANY).id();
        request.permissionType = word(PermissionType.class, "permission", asked.parameter("permission"), PermissionType.ANY).id();
        DescribeAclsResponse response = exchange.kafka().here(ApiKey.DESCRIBE_ACLS, 3, request);
        Problem.check(response.errorCode, "the cluster", null);
        JsonArray acls = new JsonArray();
        response.resources.forEach(resource -> resource.acls.forEach(acl -> acls.add(
                rule(resource.resourceType, resource.resourceName, resource.patternType, acl.principal, acl.host, acl.operation, acl.permissionType))));
        return HttpAnswer.ok(new JsonObject().put("acls", acls));
    }

    private static HttpAnswer create(Exchange exchange) {
        JsonObject body = exchange.body("resource", "name", "pattern", "principal", "host", "operation", "permission");
        var acl = new CreateAclsRequest.AclCreation();
        acl.resourceType = word(ResourceType.class, "kind of resource", Body.string(body, "resource"), null).id();
        acl.resourceName = Body.string(body, "name");
        acl.resourcePatternType = word(PatternType.class, "pattern", Body.optional(body, "pattern"), PatternType.LITERAL).id();
        acl.principal = Body.string(body, "principal");
        String host = Body.optional(body, "host");
        acl.host = host == null ? "*" : host;
        acl.operation = word(Operation.class, "operation", Body.string(body, "operation"), null).id();
        acl.permissionType = word(PermissionType.class, "permission", Body.optional(body, "permission"), PermissionType.ALLOW).id();
        var request = new CreateAclsRequest();
        request.creations.add(acl);
        CreateAclsResponse response = exchange.kafka().here(ApiKey.CREATE_ACLS, 3, request);
        Problem.check(response.results.getFirst().errorCode, "the rule", response.results.getFirst().errorMessage);
        return HttpAnswer.json(201,
                rule(acl.resourceType, acl.resourceName, acl.resourcePatternType, acl.principal, acl.host, acl.operation, acl.permissionType));
    }

    private static HttpAnswer delete(Exchange exchange) {
        HttpRequest asked = exchange.request();
        if (asked.query().isEmpty()) {
            throw Problem.badRequest("Say which rules: without a parameter all of them would go.");
        }
        var filter = new DeleteAclsRequest.DeleteAclsFilter();
        filter.resourceTypeFilter = word(ResourceType.class, "kind of resource", asked.parameter("resource"), ResourceType.ANY).id();
        filter.resourceNameFilter = asked.parameter("name");
        filter.patternTypeFilter = word(PatternType.class, "pattern", asked.parameter("pattern"), PatternType.ANY).id();
        filter.principalFilter = asked.parameter("principal");
        filter.hostFilter = asked.parameter("host");
        filter.operation = word(Operation.class, "operation", asked.parameter("operation"), Operation.ANY).id();
        filter.permissionType = word(PermissionType.class, "permission", asked.parameter("permission"), PermissionType.ANY).id();
        var request = new DeleteAclsRequest();
        request.filters.add(filter);
        DeleteAclsResponse response = exchange.kafka().here(ApiKey.DELETE_ACLS, 3, request);
        var result = response.filterResults.getFirst();
        Problem.check(result.errorCode, "the cluster", result.errorMessage);
        JsonArray deleted = new JsonArray();
        result.matchingAcls.forEach(
                acl -> deleted.add(rule(acl.resourceType, acl.resourceName, acl.patternType, acl.principal, acl.host, acl.operation, acl.permissionType)));
        return HttpAnswer.ok(new JsonObject().put("deleted", deleted));
    }

    private static HttpAnswer quotas(Exchange exchange) {
        var request = new DescribeClientQuotasRequest();
        DescribeClientQuotasResponse response = exchange.kafka().here(ApiKey.DESCRIBE_CLIENT_QUOTAS, 1, request);
        Problem.check(response.errorCode, "the cluster", response.errorMessage);
        JsonArray quotas = new JsonArray();
        if (response.entries != null) {
            response.entries.forEach(entry -> {
                JsonObject entity = new JsonObject();
                entry.entity.forEach(part -> entity.put(part.entityType, part.entityName));
                JsonObject values = new JsonObject();
                entry.values.forEach(value -> values.put(value.key, value.value));
                quotas.add(new JsonObject().put("entity", entity).put("quotas", values));
            });
        }
        return HttpAnswer.ok(new JsonObject().put("quotas", quotas));
    }

    private static HttpAnswer changeQuota(Exchange exchange) {
        JsonObject body = exchange.body("entity", "quotas");
        var entry = new AlterClientQuotasRequest.EntryData();
        for (Map.Entry<String, Object> one : Body.object(body, "entity")) {
            var entity = new AlterClientQuotasRequest.EntityData();
            entity.entityType = one.getKey();
            entity.entityName = one.getValue() == null ? null : one.getValue().toString();
            entry.entity.add(entity);
        }
        for (Map.Entry<String, Object> one : Body.object(body, "quotas")) {
            var change = new AlterClientQuotasRequest.OpData();
            change.key = one.getKey();
            change.remove = one.getValue() == null;
            if (one.getValue() instanceof Number number) {
                change.value = number.doubleValue();
            } else if (one.getValue() != null) {
                throw Problem.badRequest("The quota " + one.getKey() + " is a number, or null to take it away.");
            }
            entry.ops.add(change);
        }
        var request = new AlterClientQuotasRequest();
        request.validateOnly = exchange.request().flag("dryRun");
        request.entries.add(entry);
        AlterClientQuotasResponse response = exchange.kafka().here(ApiKey.ALTER_CLIENT_QUOTAS, 1, request);
        Problem.check(response.entries.getFirst().errorCode, "the quota", response.entries.getFirst().errorMessage);
        return HttpAnswer.ok(new JsonObject().put("dryRun", request.validateOnly));
    }
}
