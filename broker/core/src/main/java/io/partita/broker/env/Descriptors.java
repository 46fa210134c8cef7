package io.partita.broker.env;

import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;

/** How many files and sockets this process may have open ({@code ulimit -n}). */
public final class Descriptors {

    private Descriptors() {}

    /** The limit; {@link Long#MAX_VALUE} where there is none or it is not told. */
    public static long limit() {
        OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
        boolean told = system instanceof com.sun.management.UnixOperatingSystemMXBean;
        long limit = told ? ((com.sun.management.UnixOperatingSystemMXBean) system).getMaxFileDescriptorCount() : -1;
        return limit > 0 ? limit : Long.MAX_VALUE;
    }
}
