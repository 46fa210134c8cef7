package io.partita.broker.env;

import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;

/** How many files and sockets this process may have open ({@code ulimit -n}). */
public final class Descriptors {

    /** The part of them that logs get at most, in files and as many again for what is read of their indexes. */
    private static final int LOGS_PART = 2;
    /** What logs use at most, however many there are. */
    private static final int LOGS_MAX = 1_024;
    /** For libraries, event loops, journals, and files that are written once. */
    private static final int OTHERS = 128;
    private static final int CONNECTIONS_MIN = 16;

    private Descriptors() {}

    /** How many connections leave to logs what they need: an open that fails for want of a descriptor looks like a broken disk. */
    public static int connectionsMax() {
        return connectionsMax(limit());
    }

    /** As {@link #connectionsMax()}, of so many descriptors. */
    static int connectionsMax(long limit) {
        return (int) Math.clamp(limit - Math.min(LOGS_MAX, limit / LOGS_PART) - OTHERS, CONNECTIONS_MIN, Integer.MAX_VALUE);
    }

    /** The limit; {@link Long#MAX_VALUE} where there is none or it is not told. */
    public static long limit() {
        OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
        boolean told = system instanceof com.sun.management.UnixOperatingSystemMXBean;
        long limit = told ? ((com.sun.management.UnixOperatingSystemMXBean) system).getMaxFileDescriptorCount() : -1;
        return limit > 0 ? limit : Long.MAX_VALUE;
    }
}
