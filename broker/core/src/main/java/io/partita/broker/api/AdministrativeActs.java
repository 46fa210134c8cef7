package io.partita.broker.api;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.AlterClientQuotasRequest;
import io.partita.broker.protocol.message.AlterClientQuotasResponse;
import io.partita.broker.protocol.message.AlterConfigsRequest;
import io.partita.broker.protocol.message.AlterConfigsResponse;
import io.partita.broker.protocol.message.AlterPartitionReassignmentsResponse;
import io.partita.broker.protocol.message.AlterUserScramCredentialsResponse;
import io.partita.broker.protocol.message.CreateAclsRequest;
import io.partita.broker.protocol.message.CreateAclsResponse;
import io.partita.broker.protocol.message.CreatePartitionsRequest;
import io.partita.broker.protocol.message.CreatePartitionsResponse;
import io.partita.broker.protocol.message.CreateTopicsRequest;
import io.partita.broker.protocol.message.CreateTopicsResponse;
import io.partita.broker.protocol.message.DeleteAclsResponse;
import io.partita.broker.protocol.message.DeleteGroupsResponse;
import io.partita.broker.protocol.message.DeleteRecordsResponse;
import io.partita.broker.protocol.message.DeleteTopicsResponse;
import io.partita.broker.protocol.message.ElectLeadersResponse;
import io.partita.broker.protocol.message.IncrementalAlterConfigsRequest;
import io.partita.broker.protocol.message.IncrementalAlterConfigsResponse;
import io.partita.broker.protocol.message.OffsetDeleteRequest;
import io.partita.broker.protocol.message.OffsetDeleteResponse;
import io.partita.broker.protocol.message.WriteTxnMarkersResponse;
import io.partita.broker.security.Acl;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.Operation;
import io.partita.broker.security.PatternType;
import io.partita.broker.security.PermissionType;
import io.partita.broker.security.ResourceType;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What a request administered, by its answer: names and outcomes, never a setting's value or a credential. */
final class AdministrativeActs {

    /** The APIs that change something other than records and offsets of whoever asks. */
    static final Set<ApiKey> KEYS = EnumSet.of(ApiKey.CREATE_TOPICS, ApiKey.DELETE_TOPICS, ApiKey.DELETE_RECORDS, ApiKey.CREATE_PARTITIONS,
            ApiKey.CREATE_ACLS, ApiKey.DELETE_ACLS, ApiKey.ALTER_CONFIGS, ApiKey.INCREMENTAL_ALTER_CONFIGS, ApiKey.DELETE_GROUPS, ApiKey.OFFSET_DELETE,
            ApiKey.ELECT_LEADERS, ApiKey.ALTER_PARTITION_REASSIGNMENTS, ApiKey.ALTER_CLIENT_QUOTAS, ApiKey.ALTER_USER_SCRAM_CREDENTIALS,
            ApiKey.WRITE_TXN_MARKERS);

    private final List<Act> acts = new ArrayList<>();

    private AdministrativeActs() {}

    /** One thing, and what came of it. */
    record Act(String what, ErrorCode outcome) {}

    /** What came of a request; empty when it only asked what would. */
    static List<Act> of(Message request, Message response) {
        AdministrativeActs collected = new AdministrativeActs();
        collected.collect(request, response);
        return collected.acts;
    }

    private void add(String what, short errorCode) {
        acts.add(new Act(what, ErrorCode.forCode(errorCode)));
    }

    private void collect(Message request, Message response) {
        switch (response) {
            case CreateTopicsResponse answer when !((CreateTopicsRequest) request).validateOnly ->
                answer.topics.forEach(topic -> add("TOPIC:" + topic.name, topic.errorCode));
            case DeleteTopicsResponse answer ->
                answer.responses.forEach(topic -> add("TOPIC:" + (topic.name == null ? topic.topicId : topic.name), topic.errorCode));
            case CreatePartitionsResponse answer when !((CreatePartitionsRequest) request).validateOnly ->
                answer.results.forEach(topic -> add("TOPIC:" + topic.name, topic.errorCode));
            case DeleteRecordsResponse answer -> answer.topics.forEach(topic -> topic.partitions.forEach(
                    partition -> add("TOPIC:" + topic.name + "-" + partition.partitionIndex + " before " + partition.lowWatermark, partition.errorCode)));
            case CreateAclsResponse answer -> collectAcls((CreateAclsRequest) request, answer);
            case DeleteAclsResponse answer -> answer.filterResults.forEach(this::collectAcls);
            case AlterConfigsResponse answer when !((AlterConfigsRequest) request).validateOnly -> {
                for (int i = 0; i < answer.responses.size(); i++) {
                    List<String> names = ((AlterConfigsRequest) request).resources.get(i).configs.stream().map(config -> config.name).toList();
                    add(resource(answer.responses.get(i).resourceType, answer.responses.get(i).resourceName) + " to nothing but " + names,
                            answer.responses.get(i).errorCode);
                }
            }
            case IncrementalAlterConfigsResponse answer when !((IncrementalAlterConfigsRequest) request).validateOnly -> {
                for (int i = 0; i < answer.responses.size(); i++) {
                    List<String> names = ((IncrementalAlterConfigsRequest) request).resources.get(i).configs.stream().map(config -> config.name).toList();
                    add(resource(answer.responses.get(i).resourceType, answer.responses.get(i).resourceName) + " " + names, answer.responses.get(i).errorCode);
                }
            }
            case DeleteGroupsResponse answer -> answer.results.forEach(group -> add("GROUP:" + group.groupId, group.errorCode));
            case OffsetDeleteResponse answer -> collectOffsets((OffsetDeleteRequest) request, answer);
            case ElectLeadersResponse answer -> {
                answer.replicaElectionResults.forEach(topic -> topic.partitionResult.forEach(
                        partition -> add("TOPIC:" + topic.topic + "-" + partition.partitionId, partition.errorCode)));
                if (answer.replicaElectionResults.isEmpty()) {
                    add("all partitions", answer.errorCode);
                }
            }
            case AlterPartitionReassignmentsResponse answer -> {
                answer.responses.forEach(topic -> topic.partitions.forEach(
                        partition -> add("TOPIC:" + topic.name + "-" + partition.partitionIndex, partition.errorCode)));
                if (answer.responses.isEmpty()) {
                    add("partitions", answer.errorCode);
                }
            }
            case AlterClientQuotasResponse answer when !((AlterClientQuotasRequest) request).validateOnly -> {
                for (int i = 0; i < answer.entries.size(); i++) {
                    collectQuota(((AlterClientQuotasRequest) request).entries.get(i), answer.entries.get(i).errorCode);
                }
            }
            case AlterUserScramCredentialsResponse answer -> answer.results.forEach(user -> add("USER:" + user.user, user.errorCode));
            case WriteTxnMarkersResponse answer -> answer.markers.forEach(marker -> marker.topics.forEach(topic -> topic.partitions.forEach(
                    partition -> add("TOPIC:" + topic.name + "-" + partition.partitionIndex + " of producer " + marker.producerId, partition.errorCode))));
            default -> {}
        }
    }

    private static String resource(byte type, String name) {
        ConfigResourceType known = ConfigResourceType.forId(type);
        return (known == null ? Byte.toString(type) : known.name()) + ":" + (name.isEmpty() ? "(all)" : name);
    }

    private void collectAcls(CreateAclsRequest request, CreateAclsResponse answer) {
        for (int i = 0; i < answer.results.size(); i++) {
            CreateAclsRequest.AclCreation asked = request.creations.get(i);
            AclBinding binding = new AclBinding(ResourceType.forId(asked.resourceType), asked.resourceName, PatternType.forId(asked.resourcePatternType),
                    new Acl(asked.principal, asked.host, Operation.forId(asked.operation), PermissionType.forId(asked.permissionType)));
            add(binding.toString(), answer.results.get(i).errorCode);
        }
    }

    private void collectAcls(DeleteAclsResponse.DeleteAclsFilterResult result) {
        for (DeleteAclsResponse.DeleteAclsMatchingAcl acl : result.matchingAcls) {
            AclBinding binding = new AclBinding(ResourceType.forId(acl.resourceType), acl.resourceName, PatternType.forId(acl.patternType),
                    new Acl(acl.principal, acl.host, Operation.forId(acl.operation), PermissionType.forId(acl.permissionType)));
            add(binding.toString(), acl.errorCode);
        }
        if (result.errorCode != ErrorCode.NONE.code()) {
            add("rules", result.errorCode);
        }
    }

    private void collectOffsets(OffsetDeleteRequest request, OffsetDeleteResponse answer) {
        if (answer.errorCode != ErrorCode.NONE.code()) {
            add("GROUP:" + request.groupId, answer.errorCode);
        }
        answer.topics.forEach(topic -> topic.partitions.forEach(
                partition -> add("GROUP:" + request.groupId + " of TOPIC:" + topic.name + "-" + partition.partitionIndex, partition.errorCode)));
    }

    private void collectQuota(AlterClientQuotasRequest.EntryData asked, short errorCode) {
        List<String> names = asked.entity.stream().map(entity -> entity.entityType + ":" + (entity.entityName == null ? "(default)" : entity.entityName))
                .toList();
        add(String.join(" ", names) + " " + asked.ops.stream().map(op -> op.key + (op.remove ? " removed" : "")).toList(), errorCode);
    }
}
