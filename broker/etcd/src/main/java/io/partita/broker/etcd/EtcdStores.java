package io.partita.broker.etcd;

import io.partita.broker.cluster.ObjectMetadataStore;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.BrokerSettings;
import io.partita.broker.env.ThreadLoop;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.security.tls.TlsKeySettings;
import java.util.function.Supplier;

/** Stores of metadata in etcd. */
public final class EtcdStores {

    private EtcdStores() {}

    /**
     * Opens the store of one broker.
     *
     * @param config {@code metadata.store} and what belongs to it
     * @param standstill says what keeps this broker from its work, {@code null} for nothing: while there is something it does not renew its registration
     * @throws IllegalArgumentException when it is no address of etcd, or its keys cannot be used; the message says what to write
     */
    public static MetadataStore.Factory of(BrokerConfig config, Supplier<String> standstill) {
        EtcdObjectStore objects = EtcdObjectStore.at(config.value(BrokerSettings.METADATA_STORE),
                new TlsKeySettings(setting -> config.value(BrokerSettings.METADATA_STORE + '.' + setting)));
        ThreadLoop loop = new ThreadLoop("metadata");
        return ObjectMetadataStore.of(objects, loop, standstill, loop::close);
    }
}
