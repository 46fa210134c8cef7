package io.partita.broker.metadata;

import io.partita.broker.env.Disk;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.HashSet;
import java.util.Set;

/** A disk of which chosen methods fail, by name, its open files included. */
final class FailingDisk {

    final Set<String> failing = new HashSet<>();
    final Disk disk;

    FailingDisk(Disk real) {
        disk = (Disk) wrap(Disk.class, real);
    }

    private Object wrap(Class<?> type, Object real) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
            if (failing.contains(method.getName())) {
                throw new IOException("No space left on device");
            }
            try {
                Object result = method.invoke(real, arguments);
                return result instanceof Disk.DiskFile ? wrap(Disk.DiskFile.class, result) : result;
            } catch (InvocationTargetException failed) {
                throw failed.getCause();
            }
        });
    }
}
