package io.partita.broker.http;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.InvalidConfigException;
import io.partita.broker.record.RecordHeader;
import io.partita.schema.Decoded;
import io.partita.schema.PayloadDecoder;
import io.partita.schema.RegistryAddress;
import io.partita.schema.SchemaRegistry;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/**
 * How records are shown to people: keys and values that were written with a schema as JSON, where a registry is given, and without what {@link Masks} hides. What is looked for by a filter is looked
 * for in that. Thread-safe; waits for the registry.
 */
final class RecordViews {

    static final String FORMAT = "decoded (what was written with a schema is shown as JSON, where http.schema.registry.url is set), or raw";

    private final Masks masks;
    private final PayloadDecoder decoder;

    private RecordViews(Masks masks, PayloadDecoder decoder) {
        this.masks = masks;
        this.decoder = decoder;
    }

    /** @throws InvalidConfigException when the settings cannot be read */
    static RecordViews of(BrokerConfig config) {
        Masks masks = Masks.of(config.listValue("http.mask.fields"));
        String url = config.value("http.schema.registry.url");
        if (url == null || url.isBlank()) {
            return new RecordViews(masks, null);
        }
        try {
            URI address = RegistryAddress.of(url);
            String file = config.value("http.schema.registry.credentials.file");
            return new RecordViews(masks, new PayloadDecoder(new SchemaRegistry(address, file == null ? null : () -> Files.readString(Path.of(file)),
                    config.intValue("http.schema.registry.timeout.ms"))));
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigException("http.schema.registry.url: " + e.getMessage());
        }
    }

    /** As the parameter {@code format} says. @param otherwise whether payloads are decoded where it is not there */
    UnaryOperator<Consumed> of(String topic, HttpRequest request, boolean otherwise) {
        boolean isDecoded = switch (request.parameter("format")) {
            case null -> otherwise;
            case "decoded" -> true;
            case "raw" -> false;
            default -> throw Problem.badRequest("The parameter format is decoded or raw.");
        };
        return isDecoded ? decoded(topic) : raw(topic);
    }

    /** As they are, but for what is hidden. */
    UnaryOperator<Consumed> raw(String topic) {
        return masks.of(topic);
    }

    UnaryOperator<Consumed> decoded(String topic) {
        UnaryOperator<Consumed> mask = masks.of(topic);
        return decoder == null ? mask : record -> mask.apply(decoded(record));
    }

    /** As it is, but for payloads that were written with a schema. */
    Consumed decoded(Consumed record) {
        if (decoder == null) {
            return record;
        }
        Decoded key = decoder.decode(record.key(), header(record, PayloadDecoder.KEY_HEADER));
        Decoded value = decoder.decode(record.value(), header(record, PayloadDecoder.VALUE_HEADER));
        return new Consumed(record.partition(), record.offset(), record.timestamp(), shown(record.key(), key), shown(record.value(), value), record.headers(),
                key, value);
    }

    private static byte[] shown(byte[] raw, Decoded decoded) {
        return decoded == null || decoded.json() == null ? raw : decoded.json();
    }

    private static byte[] header(Consumed record, String name) {
        for (RecordHeader header : record.headers()) {
            if (header.key().equals(name)) {
                return header.value();
            }
        }
        return null;
    }
}
