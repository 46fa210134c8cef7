package io.partita.broker.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EtcdAddressTest {

    @Test
    void membersAndTheNameOfTheClusterAreRead() {
        EtcdAddress address = EtcdAddress.parse("etcd://one:2379,two:2380,three/orders");
        assertEquals(List.of(URI.create("http://one:2379"), URI.create("http://two:2380"), URI.create("http://three:2379")), address.members());
        assertEquals("/partita/orders/", address.prefix());
    }

    @Test
    void theNameCanBeLeftOutAndTlsBeAskedFor() {
        EtcdAddress address = EtcdAddress.parse("etcds://[::1]:2379");
        assertEquals(List.of(URI.create("https://[::1]:2379")), address.members());
        assertEquals("/partita/partita/", address.prefix());
        assertEquals(address, EtcdAddress.parse("etcds://[::1]:2379/"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "etcd://", "http://one:2379", "etcd://one:x", "etcd://one,,two", "etcd://one/a/b", "etcd://one/ä"})
    void whatIsNoAddressIsSaidToBeNone(String address) {
        String message = assertThrows(IllegalArgumentException.class, () -> EtcdAddress.parse(address)).getMessage();
        assertTrue(message.contains("write etcd://host:port"), message);
    }
}
