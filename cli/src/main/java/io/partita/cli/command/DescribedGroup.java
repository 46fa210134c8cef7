package io.partita.cli.command;

import java.util.List;

/**
 * A group as its coordinator describes it.
 *
 * @param epoch of a consumer group; null of a classic one
 */
record DescribedGroup(String id, String state, String type, String assignor, Integer epoch, int coordinator, List<GroupMember> members) {

    boolean isEmpty() {
        return members.isEmpty();
    }
}
