package io.partita.broker.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.cluster.ObjectStore;
import io.partita.broker.cluster.ObjectStore.Outcome;
import io.partita.broker.cluster.ObjectStoreException;
import io.partita.broker.security.tls.TlsKeySettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An etcd that serves those alone who show a certificate. */
class EtcdKeyringIT {

    @TempDir
    Path directory;

    private static TlsKeySettings settings(Path key, Path trusted) {
        Map<String, String> values = new HashMap<>(Map.of("ssl.truststore.type", "PEM", "ssl.truststore.location", trusted.toString()));
        if (key != null) {
            values.put("ssl.keystore.type", "PEM");
            values.put("ssl.keystore.location", key.toString());
        }
        return new TlsKeySettings(values::get);
    }

    private static void refused(String address, TlsKeySettings keys) {
        try (ObjectStore store = EtcdObjectStore.at(address, keys)) {
            assertInstanceOf(ObjectStoreException.class,
                    assertThrows(ExecutionException.class, () -> store.get("cluster").toCompletableFuture().get(30, TimeUnit.SECONDS)).getCause());
        }
    }

    @Test
    void etcdAndBrokersKnowEachOtherByCertificates() throws Exception {
        SelfSigned ofEtcd = SelfSigned.of(directory, "etcd");
        SelfSigned ofBroker = SelfSigned.of(directory, "broker");
        SelfSigned ofStranger = SelfSigned.of(directory, "stranger");
        // Its gateway connects to itself with its own certificate
        Path trusted = Files.writeString(directory.resolve("clients.crt"), Files.readString(ofEtcd.certificate()) + Files.readString(ofBroker.certificate()));
        Path key = Files.copy(ofStranger.both(), directory.resolve("shown.pem"));
        try (EtcdServer etcd = EtcdServer.start(directory, List.of("--cert-file", ofEtcd.certificate().toString(), "--key-file", ofEtcd.key().toString(),
                "--client-cert-auth", "--trusted-ca-file", trusted.toString()))) {
            assertTrue(etcd.address().startsWith("etcds://"));
            refused(etcd.address(), settings(null, ofEtcd.certificate()));
            refused(etcd.address(), settings(ofBroker.both(), ofStranger.certificate()));
            EtcdKeyring keyring = new EtcdKeyring(settings(key, ofEtcd.certificate()));
            try (EtcdCalls calls = new EtcdCalls(EtcdAddress.parse(etcd.address()).members(), keyring)) {
                EtcdKeys keys = new EtcdKeys("/partita/keyring/");
                assertThrows(ExecutionException.class, () -> calls.call("/v3/kv/range", keys.all()).get(30, TimeUnit.SECONDS));
                // When the file has another key, the next connection shows it
                Files.writeString(key, Files.readString(ofBroker.both()));
                keyring.look();
                assertEquals(0, EtcdKeys.number(calls.call("/v3/kv/range", keys.all()).get(30, TimeUnit.SECONDS), "count"));
                // And what cannot be used changes nothing
                Files.writeString(key, "no key");
                keyring.look();
                calls.call("/v3/kv/range", keys.all()).get(30, TimeUnit.SECONDS);
            }
            try (ObjectStore store = EtcdObjectStore.at(etcd.address(), settings(ofBroker.both(), ofEtcd.certificate()))) {
                assertInstanceOf(Outcome.Written.class,
                        store.put("cluster", ObjectStore.ABSENT, "text").toCompletableFuture().get(30, TimeUnit.SECONDS));
            }
        }
    }
}
