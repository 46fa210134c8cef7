package io.partita.broker.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;

class RetiredVersionsTest {

    @Test
    void theyAreThoseThatKafkasOwnLibraryNoLongerHas() {
        List<String> ours = new ArrayList<>();
        List<String> kafkas = new ArrayList<>();
        for (ApiKey key : ApiKey.values()) {
            if (key.hasMessages() && key.lowestVersion() == 0) {
                ours.add(key.title() + " " + RetiredVersions.lowestCurrent(key));
                kafkas.add(key.title() + " " + ApiKeys.forId(key.id()).messageType.lowestSupportedVersion());
            }
        }
        assertEquals(kafkas, ours);
    }
}
