package io.partita.broker.api;

import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.Result;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.AlterClientQuotasRequest;
import io.partita.broker.protocol.message.AlterClientQuotasRequest.EntityData;
import io.partita.broker.protocol.message.AlterClientQuotasRequest.EntryData;
import io.partita.broker.protocol.message.AlterClientQuotasRequest.OpData;
import io.partita.broker.protocol.message.AlterClientQuotasResponse;
import io.partita.broker.quota.QuotaAlteration;
import io.partita.broker.quota.QuotaEntity;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** AlterClientQuotas (key 49), versions 0–1 (KIP-546): sets and takes away quotas, those of each entity on their own. The versions differ in encoding only. */
final class AlterClientQuotasHandler implements Handler<AlterClientQuotasRequest> {

    private final MetadataStore metadata;

    AlterClientQuotasHandler(MetadataStore metadata) {
        this.metadata = metadata;
    }

    @Override
    public void handle(RequestContext context, AlterClientQuotasRequest request) {
        List<Result<Void>> results = new ArrayList<>();
        List<QuotaAlteration> alterations = new ArrayList<>();
        boolean isAllowed = Permission.ALTER_CLIENT_QUOTAS.isGranted(context);
        for (EntryData entry : request.entries) {
            String problem = problem(entry);
            if (!isAllowed) {
                results.add(Result.refused(Permission.ALTER_CLIENT_QUOTAS.refusal(), AclApis.NOT_AUTHORIZED));
            } else if (problem != null) {
                results.add(Result.refused(ErrorCode.INVALID_REQUEST, problem));
            } else {
                results.add(null);
                alterations.add(alteration(entry));
            }
        }
        TimedAnswer.give(context, metadata.alterQuotas(alterations, request.validateOnly), AlterConfigsHandler.WAIT_MILLIS_MAX,
                altered -> {
                    int next = 0;
                    for (int i = 0; i < results.size(); i++) {
                        results.set(i, results.get(i) == null ? altered.get(next++) : results.get(i));
                    }
                    return response(request, results);
                },
                (error, reason) -> {
                    results.replaceAll(result -> result == null ? Result.refused(error, reason) : result);
                    return response(request, results);
                });
    }

    private static String problem(EntryData entry) {
        List<String> types = new ArrayList<>();
        for (EntityData entity : entry.entity) {
            if (!QuotaNames.isType(entity.entityType)) {
                return "There are no quotas for '" + entity.entityType + "': give user, client-id or ip.";
            }
            if (types.contains(entity.entityType)) {
                return "The type " + entity.entityType + " is given twice.";
            }
            if (entity.entityName != null && entity.entityName.isEmpty()) {
                return "The " + entity.entityType + " of a quota must have a name; null stands for the default.";
            }
            types.add(entity.entityType);
        }
        return null;
    }

    private static QuotaAlteration alteration(EntryData entry) {
        QuotaEntity entity = new QuotaEntity(null, null, null);
        for (EntityData one : entry.entity) {
            entity = QuotaNames.with(entity, one.entityType, new QuotaEntity.Name(one.entityName));
        }
        Map<String, Double> values = new LinkedHashMap<>();
        for (OpData op : entry.ops) {
            values.put(op.key, op.remove ? null : (Double) op.value);
        }
        return new QuotaAlteration(entity, values);
    }

    private static AlterClientQuotasResponse response(AlterClientQuotasRequest request, List<Result<Void>> results) {
        AlterClientQuotasResponse response = new AlterClientQuotasResponse();
        for (int i = 0; i < results.size(); i++) {
            AlterClientQuotasResponse.EntryData entry = new AlterClientQuotasResponse.EntryData();
            entry.errorCode = results.get(i).error().code();
            entry.errorMessage = results.get(i).message();
            for (EntityData asked : request.entries.get(i).entity) {
                AlterClientQuotasResponse.EntityData entity = new AlterClientQuotasResponse.EntityData();
                entity.entityType = asked.entityType;
                entity.entityName = asked.entityName;
                entry.entity.add(entity);
            }
            response.entries.add(entry);
        }
        return response;
    }
}
