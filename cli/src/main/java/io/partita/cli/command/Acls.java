package io.partita.cli.command;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.CreateAclsRequest;
import io.partita.broker.protocol.message.CreateAclsRequest.AclCreation;
import io.partita.broker.protocol.message.CreateAclsResponse;
import io.partita.broker.protocol.message.DeleteAclsRequest;
import io.partita.broker.protocol.message.DeleteAclsRequest.DeleteAclsFilter;
import io.partita.broker.protocol.message.DeleteAclsResponse;
import io.partita.broker.protocol.message.DescribeAclsRequest;
import io.partita.broker.protocol.message.DescribeAclsResponse;
import io.partita.broker.security.Operation;
import io.partita.broker.security.PatternType;
import io.partita.broker.security.PermissionType;
import io.partita.broker.security.ResourceType;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.cli.client.Sentences;
import io.partita.cli.output.Output;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Asks about access rules, and changes them. */
final class Acls {

    private final Cluster cluster;

    Acls(Cluster cluster) {
        this.cluster = cluster;
    }

    /** Those that fit; a rule for all topics fits any topic. */
    List<AclRule> matching(AclWords words) {
        List<AclRule> rules = new ArrayList<>();
        for (Operation operation : operations(words)) {
            DescribeAclsRequest request = new DescribeAclsRequest();
            request.resourceTypeFilter = words.resourceType().id();
            request.resourceNameFilter = words.resource();
            request.patternTypeFilter = (words.prefixed ? PatternType.PREFIXED : words.resource() == null ? PatternType.ANY : PatternType.MATCH).id();
            request.principalFilter = words.principal();
            request.hostFilter = words.host;
            request.operation = operation.id();
            request.permissionType = PermissionType.ANY.id();
            DescribeAclsResponse response = cluster.call(ApiKey.DESCRIBE_ACLS, 1, 3, request, new DescribeAclsResponse());
            Sentences.check(response.errorCode, response.errorMessage, "Access rules");
            response.resources
                    .forEach(resource -> resource.acls.forEach(acl -> rules.add(AclRule.of(resource.resourceType, resource.resourceName, resource.patternType,
                            acl.principal, acl.host, acl.operation, acl.permissionType))));
        }
        rules.sort(Comparator.comparing(AclRule::principal).thenComparing(AclRule::resourceType).thenComparing(AclRule::resource)
                .thenComparing(AclRule::operation));
        return rules;
    }

    private static List<Operation> operations(AclWords words) {
        return words.operations.isEmpty() ? List.of(Operation.ANY) : words.parsedOperations();
    }

    /** Makes a rule for each operation. */
    void create(AclWords words, PermissionType permission, boolean dryRun, Output output) {
        if (words.user == null || words.resourceType() == ResourceType.ANY || words.operations.isEmpty()) {
            throw new Failure(Kind.USAGE, "A rule needs " + (words.user == null ? "a user" : words.operations.isEmpty() ? "an operation" : "a resource") + ".",
                    "As in partita acl allow --user alice --operation read --topic orders.");
        }
        CreateAclsRequest request = new CreateAclsRequest();
        List<AclRule> rules = new ArrayList<>();
        for (Operation operation : words.parsedOperations()) {
            AclCreation creation = new AclCreation();
            creation.resourceType = words.resourceType().id();
            creation.resourceName = words.resource();
            creation.resourcePatternType = words.pattern().id();
            creation.principal = words.principal();
            creation.host = words.host == null ? "*" : words.host;
            creation.operation = operation.id();
            creation.permissionType = permission.id();
            request.creations.add(creation);
            rules.add(AclRule.of(creation.resourceType, creation.resourceName, creation.resourcePatternType, creation.principal, creation.host,
                    creation.operation,
                    creation.permissionType));
        }
        if (!dryRun) {
            CreateAclsResponse response = cluster.callController(ApiKey.CREATE_ACLS, 1, 3, request, CreateAclsResponse::new,
                    answer -> answer.results.stream().mapToInt(result -> result.errorCode).filter(code -> code == ErrorCode.NOT_CONTROLLER.code()).findAny()
                            .orElse(0));
            response.results.forEach(result -> Sentences.check(result.errorCode, result.errorMessage, "The rule"));
        }
        rules.forEach(rule -> output.changed("acl", rule.resourceText(), "created", dryRun, rule.sentence() + "."));
    }

    /** Removes exactly this rule. */
    void remove(List<AclRule> rules) {
        DeleteAclsRequest request = new DeleteAclsRequest();
        for (AclRule rule : rules) {
            DeleteAclsFilter filter = new DeleteAclsFilter();
            filter.resourceTypeFilter = rule.resourceType().id();
            filter.resourceNameFilter = rule.resource();
            filter.patternTypeFilter = rule.pattern().id();
            filter.principalFilter = rule.principal();
            filter.hostFilter = rule.host();
            filter.operation = rule.operation().id();
            filter.permissionType = rule.permission().id();
            request.filters.add(filter);
        }
        DeleteAclsResponse response = cluster.callController(ApiKey.DELETE_ACLS, 1, 3, request, DeleteAclsResponse::new,
                answer -> answer.filterResults.stream().mapToInt(result -> result.errorCode).filter(code -> code == ErrorCode.NOT_CONTROLLER.code()).findAny()
                        .orElse(0));
        response.filterResults.forEach(result -> Sentences.check(result.errorCode, result.errorMessage, "The rule"));
    }
}
