package io.partita.broker.etcd;

import io.partita.broker.cluster.ObjectMetadataStore;
import io.partita.broker.env.ThreadLoop;
import io.partita.broker.metadata.MetadataStore;
import java.util.function.Supplier;

/** Stores of metadata in etcd. */
public final class EtcdStores {

    private EtcdStores() {}

    /**
     * Opens the store of one broker.
     *
     * @param address as {@code metadata.store} says it
     * @param standstill says what keeps this broker from its work, {@code null} for nothing: while there is something it does not renew its registration
     * @throws IllegalArgumentException when it is no address of etcd; the message says what to write
     */
    public static MetadataStore.Factory at(String address, Supplier<String> standstill) {
        EtcdObjectStore objects = EtcdObjectStore.at(address);
        ThreadLoop loop = new ThreadLoop("metadata");
        return ObjectMetadataStore.of(objects, loop, standstill, loop::close);
    }
}
