package io.partita.quarkus.deployment;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quarkus.test.QuarkusUnitTest;
import io.restassured.RestAssured;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.jboss.shrinkwrap.api.asset.StringAsset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** As in a {@code @QuarkusTest}. */
class InTestsTest {

    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest().withApplicationRoot(jar -> jar.addClass(Words.class)
            .addAsResource(new StringAsset(Words.SETTINGS + "quarkus.partita.devservices.settings.\"num.partitions\"=2\nquarkus.http.test-port=0\n"),
                    "application.properties"));

    @Test
    void anApplicationWithoutABrokerHasOne() {
        assertEquals("3", RestAssured.get("/words/partitions/words").asString());
        RestAssured.given().body("one").post("/words").then().statusCode(204);
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> RestAssured.get("/words").asString(), "received one"::equals);
    }
}
