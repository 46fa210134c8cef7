package io.partita.broker.group;

/** A member is alive. {@code instanceId} is its {@code group.instance.id}, null for a dynamic member. */
public record HeartbeatRequest(String groupId, int generation, String memberId, String instanceId, Client client) {}
