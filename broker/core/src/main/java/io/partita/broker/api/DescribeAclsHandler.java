package io.partita.broker.api;

import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DescribeAclsRequest;
import io.partita.broker.protocol.message.DescribeAclsResponse;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.AclFilter;
import io.partita.broker.security.Authorizer;
import io.partita.broker.security.Operation;
import io.partita.broker.security.PatternType;
import io.partita.broker.security.PermissionType;
import io.partita.broker.security.ResourceType;

/** DescribeAcls (key 29), versions 0–3: the rules that a filter means. v1 pattern types (KIP-290); v3 resources of the type USER (KIP-373). */
final class DescribeAclsHandler implements Handler<DescribeAclsRequest> {

    private final MetadataStore metadata;
    private final Authorizer authorizer;

    DescribeAclsHandler(MetadataStore metadata, Authorizer authorizer) {
        this.metadata = metadata;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, DescribeAclsRequest request) {
        var filter = new AclFilter(ResourceType.forId(request.resourceTypeFilter), request.resourceNameFilter, PatternType.forId(request.patternTypeFilter),
                request.principalFilter, request.hostFilter, Operation.forId(request.operation), PermissionType.forId(request.permissionType));
        var response = new DescribeAclsResponse();
        response.errorMessage = null;
        if (!Permission.DESCRIBE_ACLS.isGranted(context)) {
            refuse(response, Permission.DESCRIBE_ACLS.refusal(), AclApis.NOT_AUTHORIZED);
        } else if (!authorizer.isEnabled()) {
            refuse(response, AclApis.DISABLED, AclApis.WHY_DISABLED);
        } else if (filter.problem() != null) {
            refuse(response, ErrorCode.INVALID_REQUEST, filter.problem());
        } else {
            metadata.image().acls().matching(filter).forEach(binding -> add(response, binding, context.version()));
        }
        context.respond(response);
    }

    private static void refuse(DescribeAclsResponse response, ErrorCode error, String message) {
        response.errorCode = error.code();
        response.errorMessage = message;
    }

    /** Those of one resource come one after the other. */
    private static void add(DescribeAclsResponse response, AclBinding binding, short version) {
        if (version == 0 && binding.pattern() != PatternType.LITERAL) {
            // Whoever cannot say how the name is meant must not be told of it.
            return;
        }
        var last = response.resources.isEmpty() ? null : response.resources.getLast();
        if (last == null || last.resourceType != binding.type().id() || last.patternType != binding.pattern().id()
                || !last.resourceName.equals(binding.name())) {
            last = new DescribeAclsResponse.DescribeAclsResource();
            last.resourceType = binding.type().id();
            last.resourceName = binding.name();
            last.patternType = binding.pattern().id();
            response.resources.add(last);
        }
        var acl = new DescribeAclsResponse.AclDescription();
        acl.principal = binding.acl().principal();
        acl.host = binding.acl().host();
        acl.operation = binding.acl().operation().id();
        acl.permissionType = binding.acl().permission().id();
        last.acls.add(acl);
    }
}
