package io.partita.cli.command;

import java.util.List;

/** A member as it is described. */
record GroupMember(String id, String instanceId, String clientId, String host, Integer epoch, List<TopicPartition> assigned) {}
