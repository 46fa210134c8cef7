package io.partita.broker.group;

import io.partita.broker.env.MemoryPool;

/** What is counted of one group in the memory that all groups share, from when it is made until it is forgotten. */
public final class GroupMemory {

    private final MemoryPool memory;
    private long heldBytes;
    private boolean released;

    public GroupMemory(MemoryPool memory) {
        this.memory = memory;
    }

    /** Counts {@code bytes} more, or with a negative number less. */
    public void hold(long bytes) {
        if (released) {
            return;
        }
        heldBytes += bytes;
        if (bytes >= 0) {
            memory.take(bytes);
        } else {
            memory.give(-bytes);
        }
    }

    /** The group is forgotten. */
    public void release() {
        hold(-heldBytes);
        released = true;
    }
}
