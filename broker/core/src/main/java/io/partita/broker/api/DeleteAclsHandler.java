package io.partita.broker.api;

import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.Result;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DeleteAclsRequest;
import io.partita.broker.protocol.message.DeleteAclsResponse;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.AclFilter;
import io.partita.broker.security.Authorizer;
import io.partita.broker.security.Operation;
import io.partita.broker.security.PatternType;
import io.partita.broker.security.PermissionType;
import io.partita.broker.security.ResourceType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** DeleteAcls (key 31), versions 0–3: takes away the rules that filters mean. v1 pattern types (KIP-290); v3 resources of the type USER (KIP-373). */
final class DeleteAclsHandler implements Handler<DeleteAclsRequest> {

    private final MetadataStore metadata;
    private final Authorizer authorizer;

    DeleteAclsHandler(MetadataStore metadata, Authorizer authorizer) {
        this.metadata = metadata;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, DeleteAclsRequest request) {
        int count = request.filters.size();
        if (!Permission.DELETE_ACLS.isGranted(context)) {
            context.respond(refusal(count, Permission.DELETE_ACLS.refusal(), AclApis.NOT_AUTHORIZED));
            return;
        }
        if (!authorizer.isEnabled()) {
            context.respond(refusal(count, AclApis.DISABLED, AclApis.WHY_DISABLED));
            return;
        }
        List<AclFilter> filters = new ArrayList<>(count);
        for (DeleteAclsRequest.DeleteAclsFilter filter : request.filters) {
            filters.add(new AclFilter(ResourceType.forId(filter.resourceTypeFilter), filter.resourceNameFilter, PatternType.forId(filter.patternTypeFilter),
                    filter.principalFilter, filter.hostFilter, Operation.forId(filter.operation), PermissionType.forId(filter.permissionType)));
        }
        TimedAnswer.give(context, metadata.deleteAcls(filters), AlterConfigsHandler.WAIT_MILLIS_MAX, DeleteAclsHandler::response,
                (error, reason) -> refusal(count, error, reason));
    }

    private static DeleteAclsResponse refusal(int count, ErrorCode error, String message) {
        return response(Collections.nCopies(count, Result.refused(error, message)));
    }

    private static DeleteAclsResponse response(List<Result<List<AclBinding>>> results) {
        var response = new DeleteAclsResponse();
        for (Result<List<AclBinding>> one : results) {
            var result = new DeleteAclsResponse.DeleteAclsFilterResult();
            result.errorCode = one.error().code();
            result.errorMessage = one.message();
            if (one.isDone()) {
                one.value().forEach(binding -> result.matchingAcls.add(matching(binding)));
            }
            response.filterResults.add(result);
        }
        return response;
    }

    private static DeleteAclsResponse.DeleteAclsMatchingAcl matching(AclBinding binding) {
        var acl = new DeleteAclsResponse.DeleteAclsMatchingAcl();
        acl.errorMessage = null;
        acl.resourceType = binding.type().id();
        acl.resourceName = binding.name();
        acl.patternType = binding.pattern().id();
        acl.principal = binding.acl().principal();
        acl.host = binding.acl().host();
        acl.operation = binding.acl().operation().id();
        acl.permissionType = binding.acl().permission().id();
        return acl;
    }
}
