package io.partita.broker.kubernetes;

import io.partita.broker.env.Disk;
import io.partita.broker.env.MemoryDisk;
import java.io.Closeable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** A machine with a disk. Processes on it end without closing anything; what they wrote stays, whatever becomes of the machine. */
final class Machine {

    private final MemoryDisk files = new MemoryDisk();
    private int boots;

    Disk disk() {
        return (Disk) Proxy.newProxyInstance(Machine.class.getClassLoader(), new Class<?>[] {Disk.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "bootId" -> "boot-" + boots;
                    case "tryLock" -> (Closeable) () -> {};
                    default -> {
                        try {
                            yield method.invoke(files, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    }
                });
    }

    /** It starts anew after a failure. */
    void fail() {
        boots++;
    }
}
