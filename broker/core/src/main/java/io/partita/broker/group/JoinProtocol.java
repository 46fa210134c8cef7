package io.partita.broker.group;

import java.util.Arrays;

/**
 * A protocol a member can speak: for consumers an assignor's name and the member's subscription in its format. What the metadata means is between
 * the members; the coordinator looks into it only where it must.
 */
public record JoinProtocol(String name, byte[] metadata) {

    @Override
    public boolean equals(Object other) {
        return other instanceof JoinProtocol that && name.equals(that.name) && Arrays.equals(metadata, that.metadata);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }
}
