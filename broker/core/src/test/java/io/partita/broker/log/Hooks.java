package io.partita.broker.log;

import io.partita.broker.env.Disk;
import io.partita.broker.env.TooManyOpenFilesException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/** Lets a test do something at the moment at which the log reads. */
final class Hooks {

    private Hooks() {}

    /** What may fail as a disk does. */
    interface Hook {
        void run() throws IOException;
    }

    /** A disk that lets {@code max} files be open; {@code open} counts them. */
    static Disk withDescriptors(Disk disk, int[] open, int max) {
        return proxy(Disk.class, disk, (method, arguments) -> {
            if (!method.getName().equals("open")) {
                return call(disk, method, arguments);
            }
            if (open[0] >= max) {
                throw new TooManyOpenFilesException("Too many open files", null);
            }
            open[0]++;
            Disk.DiskFile file = (Disk.DiskFile) call(disk, method, arguments);
            return proxy(Disk.DiskFile.class, file, (fileMethod, fileArguments) -> {
                open[0] -= fileMethod.getName().equals("close") ? 1 : 0;
                return call(file, fileMethod, fileArguments);
            });
        });
    }

    /** A disk that runs {@code hook} before each read of a file. */
    static Disk onRead(Disk disk, Hook hook) {
        return proxy(Disk.class, disk, (method, arguments) -> {
            Object result = call(disk, method, arguments);
            return result instanceof Disk.DiskFile file ? onRead(file, hook) : result;
        });
    }

    private static Disk.DiskFile onRead(Disk.DiskFile file, Hook hook) {
        return proxy(Disk.DiskFile.class, file, (method, arguments) -> {
            if (method.getName().equals("read")) {
                hook.run();
            }
            return call(file, method, arguments);
        });
    }

    private interface Call {
        Object call(Method method, Object[] arguments) throws Throwable;
    }

    private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static <T> T proxy(Class<T> type, T target, Call call) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> call.call(method, arguments)));
    }
}
