package io.partita.broker.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.protocol.message.ApiMessages;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** All generated messages, for tests that go through each of them. */
final class Messages {

    private Messages() {
    }

    /** The classes of all messages, sorted by name. */
    static List<Class<? extends Message>> all() throws IOException, URISyntaxException {
        Path root = Path.of(ApiMessages.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        String packageName = ApiMessages.class.getPackageName();
        try (var files = Files.list(root.resolve(packageName.replace('.', '/')))) {
            return files.map(f -> f.getFileName().toString())
                    .filter(name -> name.endsWith(".class") && !name.contains("$") && !name.equals("ApiMessages.class") && !name.startsWith("package"))
                    .sorted()
                    .<Class<? extends Message>>map(name -> classNamed(packageName + "." + name.substring(0, name.length() - ".class".length())))
                    .toList();
        }
    }

    private static Class<? extends Message> classNamed(String name) {
        try {
            return Class.forName(name).asSubclass(Message.class);
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    static <M extends Message> M create(Class<M> type) {
        try {
            return type.getConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    static short lowestVersion(Class<? extends Message> type) {
        return constant(type, "LOWEST_VERSION");
    }

    static short highestVersion(Class<? extends Message> type) {
        return constant(type, "HIGHEST_VERSION");
    }

    private static short constant(Class<?> type, String name) {
        try {
            return type.getField(name).getShort(null);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** The bytes of {@code message} in {@code version}. */
    static ByteBuf write(Message message, int version) {
        ByteBuf bytes = Unpooled.buffer();
        message.write(new MessageWriter(bytes), (short) version);
        return bytes;
    }
}
