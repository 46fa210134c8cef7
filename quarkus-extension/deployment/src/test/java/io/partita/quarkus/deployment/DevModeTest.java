package io.partita.quarkus.deployment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.QuarkusDevModeTest;
import io.restassured.RestAssured;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.jboss.shrinkwrap.api.asset.StringAsset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** As {@code quarkus dev}. */
class DevModeTest {

    /** Not 8080, where some broker's console may be. */
    private static final int PORT = freePort();

    @RegisterExtension
    static final QuarkusDevModeTest APPLICATION = new QuarkusDevModeTest().withApplicationRoot(jar -> jar.addClass(Words.class)
            .addAsResource(new StringAsset(Words.SETTINGS + "quarkus.http.port=" + PORT + "\n"), "application.properties"));

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One test, for each would start an application of its own. */
    @Test
    void theBrokerIsKeptOverLiveReloadsWithWhatIsInIt() {
        String broker = get("/words/broker");
        assertEquals("3", get("/words/partitions/words"));
        RestAssured.given().port(PORT).body("one").post("/words").then().statusCode(204);
        awaitWords("received one");
        String card = get("/q/dev-ui/partita-quarkus-data.js");
        assertTrue(card.contains("\"words\""), card);
        String console = get("/words/console");
        assertEquals(200, RestAssured.given().baseUri(console).get("/").statusCode());
        assertTrue(get("/q/dev-ui/devui-data.js").contains(console));

        APPLICATION.modifySourceFile(Words.class, text -> text.replace("\"received \"", "\"had \""));
        assertEquals(broker, get("/words/broker"));
        assertEquals(console, get("/words/console"));
        awaitWords("had one");

        APPLICATION.modifyResourceFile("application.properties",
                text -> text + "mp.messaging.outgoing.out.topic=others\nquarkus.partita.devservices.topic-partitions.others=5\n");
        assertEquals(broker, get("/words/broker"));
        assertEquals("5", get("/words/partitions/others"));
    }

    private static void awaitWords(String words) {
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> get("/words"), words::equals);
    }

    private static String get(String path) {
        return RestAssured.given().port(PORT).get(path).then().statusCode(200).extract().asString();
    }
}
