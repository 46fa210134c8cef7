package io.partita.broker.api;

import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.Result;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.CreateAclsRequest;
import io.partita.broker.protocol.message.CreateAclsResponse;
import io.partita.broker.security.Acl;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.Authorizer;
import io.partita.broker.security.Operation;
import io.partita.broker.security.PatternType;
import io.partita.broker.security.PermissionType;
import io.partita.broker.security.ResourceType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** CreateAcls (key 30), versions 0–3: adds rules, each on its own. v1 pattern types (KIP-290); v3 resources of the type USER (KIP-373). */
final class CreateAclsHandler implements Handler<CreateAclsRequest> {

    private final MetadataStore metadata;
    private final Authorizer authorizer;

    CreateAclsHandler(MetadataStore metadata, Authorizer authorizer) {
        this.metadata = metadata;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, CreateAclsRequest request) {
        int count = request.creations.size();
        if (!Permission.CREATE_ACLS.isGranted(context)) {
            context.respond(refusal(count, Permission.CREATE_ACLS.refusal(), AclApis.NOT_AUTHORIZED));
            return;
        }
        if (!authorizer.isEnabled()) {
            context.respond(refusal(count, AclApis.DISABLED, AclApis.WHY_DISABLED));
            return;
        }
        List<AclBinding> bindings = new ArrayList<>(count);
        for (CreateAclsRequest.AclCreation creation : request.creations) {
            bindings.add(new AclBinding(ResourceType.forId(creation.resourceType), creation.resourceName, PatternType.forId(creation.resourcePatternType),
                    new Acl(creation.principal, creation.host, Operation.forId(creation.operation), PermissionType.forId(creation.permissionType))));
        }
        TimedAnswer.give(context, metadata.createAcls(bindings), AlterConfigsHandler.WAIT_MILLIS_MAX, CreateAclsHandler::response,
                (error, reason) -> refusal(count, error, reason));
    }

    private static CreateAclsResponse refusal(int count, ErrorCode error, String message) {
        return response(Collections.nCopies(count, Result.refused(error, message)));
    }

    private static CreateAclsResponse response(List<Result<Void>> results) {
        var response = new CreateAclsResponse();
        for (Result<Void> one : results) {
            var result = new CreateAclsResponse.AclCreationResult();
            result.errorCode = one.error().code();
            result.errorMessage = one.message();
            response.results.add(result);
        }
        return response;
    }
}
