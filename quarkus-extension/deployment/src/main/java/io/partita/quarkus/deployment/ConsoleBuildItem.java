package io.partita.quarkus.deployment;

import io.quarkus.builder.item.SimpleBuildItem;

/** Where the broker's console is, or will be once the broker is started. */
final class ConsoleBuildItem extends SimpleBuildItem {

    private final String address;

    ConsoleBuildItem(String address) {
        this.address = address;
    }

    String address() {
        return address;
    }
}
