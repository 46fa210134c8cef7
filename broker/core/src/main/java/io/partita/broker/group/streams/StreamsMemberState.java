package io.partita.broker.group.streams;

/** How far a member is on its way to what it is to have. */
enum StreamsMemberState {
    /** It has all that it is to have. */
    STABLE(1),
    /** It must give up tasks first. */
    UNREVOKED_TASKS(2),
    /** It waits for tasks that others have not given up yet. */
    UNRELEASED_TASKS(3),
    /** A newer broker wrote what this one does not know. */
    UNKNOWN(127);

    private final byte code;

    StreamsMemberState(int code) {
        this.code = (byte) code;
    }

    /** As the log has it. */
    byte code() {
        return code;
    }

    static StreamsMemberState of(byte code) {
        for (StreamsMemberState state : values()) {
            if (state.code == code) {
                return state;
            }
        }
        return UNKNOWN;
    }
}
