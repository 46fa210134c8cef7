package io.partita.broker.api;

import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DescribeClientQuotasRequest;
import io.partita.broker.protocol.message.DescribeClientQuotasRequest.ComponentData;
import io.partita.broker.protocol.message.DescribeClientQuotasResponse;
import io.partita.broker.protocol.message.DescribeClientQuotasResponse.EntityData;
import io.partita.broker.protocol.message.DescribeClientQuotasResponse.EntryData;
import io.partita.broker.protocol.message.DescribeClientQuotasResponse.ValueData;
import io.partita.broker.quota.QuotaEntity;
import io.partita.broker.quota.QuotaKey;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** DescribeClientQuotas (key 48), versions 0–1 (KIP-546): the quotas whose users, client ids and addresses a filter means. The versions differ in encoding only. */
final class DescribeClientQuotasHandler implements Handler<DescribeClientQuotasRequest> {

    /** How a name is meant. */
    private static final byte EXACT = 0;
    private static final byte DEFAULT = 1;
    private static final byte ANY = 2;

    private static final List<String> TYPES = List.of(QuotaNames.USER, QuotaNames.CLIENT_ID, QuotaNames.IP);

    private final MetadataStore metadata;

    DescribeClientQuotasHandler(MetadataStore metadata) {
        this.metadata = metadata;
    }

    @Override
    public void handle(RequestContext context, DescribeClientQuotasRequest request) {
        DescribeClientQuotasResponse response = new DescribeClientQuotasResponse();
        response.errorMessage = null;
        String problem = problem(request.components);
        if (!Permission.DESCRIBE_CLIENT_QUOTAS.isGranted(context)) {
            refuse(response, Permission.DESCRIBE_CLIENT_QUOTAS.refusal(), AclApis.NOT_AUTHORIZED);
        } else if (problem != null) {
            refuse(response, ErrorCode.INVALID_REQUEST, problem);
        } else {
            metadata.image().quotas().byEntity().forEach((entity, values) -> {
                if (matches(entity, request)) {
                    response.entries.add(entry(entity, values));
                }
            });
        }
        context.respond(response);
    }

    private static String problem(List<ComponentData> components) {
        Set<String> types = new HashSet<>();
        for (ComponentData component : components) {
            if (!QuotaNames.isType(component.entityType)) {
                return "There are no quotas for '" + component.entityType + "': ask for user, client-id or ip.";
            }
            if (!types.add(component.entityType)) {
                return "The filter names the type " + component.entityType + " twice.";
            }
            if (component.matchType < EXACT || component.matchType > ANY || component.matchType == EXACT && component.match == null) {
                return "The filter does not say which " + component.entityType + " it means.";
            }
        }
        return types.contains(QuotaNames.IP) && types.size() > 1 ? "Quotas for addresses (ip) are for nothing else." : null;
    }

    private static boolean matches(QuotaEntity entity, DescribeClientQuotasRequest request) {
        for (ComponentData component : request.components) {
            QuotaEntity.Name name = QuotaNames.of(entity, component.entityType);
            boolean matches = name != null && switch (component.matchType) {
                case EXACT -> component.match.equals(name.value());
                case DEFAULT -> name.isDefault();
                default -> true;
            };
            if (!matches) {
                return false;
            }
        }
        return !request.strict || TYPES.stream().filter(type -> QuotaNames.of(entity, type) != null).count() == request.components.size();
    }

    private static EntryData entry(QuotaEntity entity, Map<QuotaKey, Double> values) {
        EntryData entry = new EntryData();
        for (String type : TYPES) {
            QuotaEntity.Name name = QuotaNames.of(entity, type);
            if (name != null) {
                EntityData one = new EntityData();
                one.entityType = type;
                one.entityName = name.value();
                entry.entity.add(one);
            }
        }
        values.forEach((key, value) -> {
            ValueData one = new ValueData();
            one.key = key.title();
            one.value = value;
            entry.values.add(one);
        });
        return entry;
    }

    private static void refuse(DescribeClientQuotasResponse response, ErrorCode error, String message) {
        response.errorCode = error.code();
        response.errorMessage = message;
        response.entries = null;
    }
}
