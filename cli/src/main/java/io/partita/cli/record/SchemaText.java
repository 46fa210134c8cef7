package io.partita.cli.record;

import io.partita.broker.record.RecordHeader;
import io.partita.cli.client.ClientSettings;
import io.partita.cli.client.Failure;
import io.partita.cli.client.Failure.Kind;
import io.partita.schema.Decoded;
import io.partita.schema.PayloadDecoder;
import io.partita.schema.RegistryAddress;
import io.partita.schema.SchemaRegistry;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/** Shows keys and values that were written with a schema as JSON. Those that it cannot show stay as they are, and it says once why. For one thread. */
public final class SchemaText implements AutoCloseable {

    private static final String URL = "schema.registry.url";
    /** As Confluent's clients have it, with their prefix and without. */
    private static final String USER_INFO = "basic.auth.user.info";
    private static final int SAID_MAX = 20;

    private final SchemaRegistry registry;
    private final PayloadDecoder decoder;
    private final Consumer<String> said;
    private final Set<String> alreadySaid = new HashSet<>();

    private SchemaText(SchemaRegistry registry, Consumer<String> said) {
        this.registry = registry;
        this.decoder = registry == null ? null : new PayloadDecoder(registry);
        this.said = said;
    }

    /** Shows everything as it is. */
    public static SchemaText none() {
        return new SchemaText(null, null);
    }

    /**
     * @param named the registry's address; null for that of the settings, if they have one
     * @param said takes sentences about what cannot be shown
     */
    public static SchemaText of(ClientSettings settings, String named, Consumer<String> said) {
        String url = named != null ? named : settings.value(URL);
        if (url == null) {
            return none();
        }
        String userInfo = settings.value("schema.registry." + USER_INFO, settings.value(USER_INFO));
        try {
            return new SchemaText(new SchemaRegistry(RegistryAddress.of(url), userInfo == null ? null : () -> userInfo, settings.requestTimeoutMillis()), said);
        } catch (IllegalArgumentException e) {
            throw new Failure(Kind.USAGE, e.getMessage());
        }
    }

    /** Waits for the registry. */
    public ReadRecord of(ReadRecord record) {
        if (decoder == null) {
            return record;
        }
        return new ReadRecord(record.topic(), record.partition(), record.offset(), record.timestamp(),
                shown(record, "key", record.key(), PayloadDecoder.KEY_HEADER),
                shown(record, "value", record.value(), PayloadDecoder.VALUE_HEADER), record.headers());
    }

    private byte[] shown(ReadRecord record, String name, byte[] payload, String header) {
        Decoded decoded = decoder.decode(payload, header(record, header));
        if (decoded == null) {
            return payload;
        }
        if (decoded.problem() != null && alreadySaid.size() < SAID_MAX && alreadySaid.add(decoded.problem())) {
            said.accept("The " + name + " at offset " + record.offset() + " of partition " + record.partition() + " is shown as it is (schema "
                    + decoded.schema() + "). "
                    + decoded.problem());
        }
        return decoded.json() == null ? payload : decoded.json();
    }

    private static byte[] header(ReadRecord record, String name) {
        for (RecordHeader header : record.headers()) {
            if (header.key().equals(name)) {
                return header.value();
            }
        }
        return null;
    }

    @Override
    public void close() {
        if (registry != null) {
            registry.close();
        }
    }
}
