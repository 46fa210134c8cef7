package io.partita.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said when it cannot even begin. */
class WordsTest {

    @Test
    void withoutACommandAllAreShown() {
        Tool.Result result = Tool.alone("", false);
        assertEquals(2, result.code());
        assertTrue(result.err().contains("topic") && result.err().contains("Exit codes:"), result.err());
    }

    @Test
    void aMistypedCommandIsMetWithThoseLikeIt() {
        Tool.Result result = Tool.alone("", false, "tpoic", "list");
        assertEquals(2, result.code());
        assertTrue(result.err().contains("'tpoic' is not understood here."), result.err());
        assertTrue(result.err().contains("topic"), result.err());
    }

    @Test
    void aCommandThatNeedsAnotherBehindItNamesThem() {
        Tool.Result result = Tool.alone("", false, "topic");
        assertEquals(2, result.code());
        assertTrue(result.err().startsWith("partita topic needs a command behind it: list, describe, create, alter, delete, trim, redrive."), result.err());
    }

    @Test
    void whatNamesTheClusterMayStandBeforeACommandOrBehindIt() {
        for (String[] words : new String[][] {{"-b", "x:0", "topic", "list"}, {"topic", "-b", "x:0", "list"}, {"topic", "-bx:0", "list"},
            {"topic", "--bootstrap-server=x:0", "list"}, {"topic", "list", "-b", "x:0"},
            {"-X", "client.id=me", "topic", "-o", "json", "list", "--bootstrap", "x:0"}}) {
            Tool.Result result = Tool.alone("", false, words);
            assertEquals(2, result.code(), String.join(" ", words));
            assertTrue(result.err().startsWith("'x:0' is no address of a broker."), String.join(" ", words) + ": " + result.err());
        }
        Tool.Result unfinished = Tool.alone("", false, "topic", "-b", "localhost:9092");
        assertTrue(unfinished.err().startsWith("partita topic needs a command behind it"), unfinished.err());
        Tool.Result unknown = Tool.alone("", false, "topic", "-b", "localhost:9092", "lsit");
        assertTrue(unknown.err().contains("'lsit' is not understood here."), unknown.err());
        Tool.Result missing = Tool.alone("", false, "topic", "list", "-b");
        assertTrue(missing.err().contains("--bootstrap"), missing.err());
    }

    @Test
    void numbersAndFilesThatCannotBeAreNoFaultOfOurs(@TempDir Path directory) {
        String here = directory.toString();
        String missing = directory.resolve("none/x").toString();
        for (String[] words : new String[][] {{"check", "--port", "99999"}, {"check", "--port", "-1"}, {"bench", "-n", "0"}, {"bench", "-p", "0"},
            {"bench", "--size", "999999999"}, {"user", "set", "a", "--iterations", "99999999"}, {"produce", "t", "--file", here},
            {"bundle", "--file", missing}}) {
            Tool.Result result = Tool.alone("password\n", false, words);
            assertEquals(2, result.code(), String.join(" ", words) + ": " + result.err());
        }
    }

    @Test
    void aPortThatIsNoneIsToldWithASentence() {
        for (String address : new String[] {"localhost:99999", "localhost:0", "localhost:-1"}) {
            Tool.Result result = Tool.alone("", false, "topic", "list", "-b", address);
            assertEquals(2, result.code());
            assertTrue(result.err().contains("'" + address + "' is no address of a broker."), result.err());
        }
    }

    @Test
    void whereNothingListensTheAddressIsNamed() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Tool.Result result = Tool.alone("", false, "topic", "list", "-b", "127.0.0.1:" + port);
        assertEquals(3, result.code());
        assertEquals("Nothing listens on 127.0.0.1:" + port + ".\nStart a broker (partita run), or name one that runs: --bootstrap host:port.\n", result.err());
    }

    @Test
    void whereSomethingElseListensThatIsSaid() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread answer = Thread.startVirtualThread(() -> {
                try (Socket socket = other.accept()) {
                    socket.getInputStream().read();
                    socket.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes());
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            Tool.Result result = Tool.alone("", false, "topic", "list", "-b", "127.0.0.1:" + other.getLocalPort());
            answer.join();
            assertEquals(3, result.code());
            assertTrue(result.err().contains("does not speak Kafka's protocol"), result.err());
        }
    }

    @Test
    void aServerOfHttpThatWaitsForMoreIsToldFromABrokerThatIsBusy() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 2, InetAddress.getLoopbackAddress())) {
            Thread.startVirtualThread(() -> {
                try (Socket waits = other.accept(); Socket asked = other.accept()) {
                    asked.getInputStream().read();
                    asked.getOutputStream().write("HTTP/1.1 404 Not Found\r\n\r\n".getBytes());
                    waits.getInputStream().readAllBytes();
                } catch (IOException e) {
                    // The test is over.
                }
            });
            Tool.Result result = Tool.alone("", false, "topic", "list", "-b", "127.0.0.1:" + other.getLocalPort());
            assertEquals(3, result.code());
            assertTrue(result.err().startsWith("127.0.0.1:" + other.getLocalPort() + " speaks HTTP, not Kafka's protocol."), result.err());
        }
    }

    @Test
    void whereSeveralAreNamedAllThatCannotBeReachedAreTold() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Tool.Result result = Tool.alone("", false, "topic", "list", "-b", "127.0.0.1:" + port + ",localhost:" + port);
        assertEquals(3, result.code());
        assertTrue(result.err()
                .startsWith("None of the brokers that are named can be reached. Nothing listens on 127.0.0.1:" + port + ". Nothing listens on localhost:"
                        + port + "."),
                result.err());
    }

    @Test
    void anAddressThatIsEmptyIsNotTheBrokerOfThisMachine() {
        Tool.Result result = Tool.alone("", false, "topic", "list", "-b", "");
        assertEquals(2, result.code());
        assertTrue(result.err().contains("names no broker"), result.err());
    }

    @Test
    void helpWithAWordThatIsNoCommandIsNotTakenForSuccess() {
        for (String[] words : new String[][] {{"nope", "--help"}, {"topic", "nope", "--help"}}) {
            Tool.Result result = Tool.alone("", false, words);
            assertEquals(2, result.code());
            assertTrue(result.err().contains("'nope' is not understood here."), result.err());
        }
        assertEquals(0, Tool.alone("", false, "topic", "--help").code());
        assertEquals(0, Tool.alone("", false, "--help").code());
        assertTrue(Tool.alone("", false, "--help").out().contains("run "), "the command that starts a broker is among them");
    }

    @Test
    void aQuotaThatThereIsNotIsMetWithThoseThatThereAre() {
        Tool.Result result = Tool.alone("", false, "quota", "set", "--user", "alice", "x=1", "-b", "127.0.0.1:1");
        assertEquals(2, result.code());
        assertTrue(result.err().startsWith("x is no quota.\nQuotas are producer_byte_rate, consumer_byte_rate, "), result.err());
    }

    @Test
    void aBrokerThatIsNotThereIsPassedOverForTheNextOne() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try (Tool tool = Tool.withBroker()) {
            assertEquals(0, Tool.alone("", false, "topic", "list", "-b", "127.0.0.1:" + port + "," + tool.address()).code());
        }
    }

    @Test
    void settingsComeFromTheFileOfAnyKafkaClient(@TempDir Path directory) throws IOException {
        try (Tool tool = Tool.withBroker()) {
            Path file = directory.resolve("client.properties");
            Files.writeString(file, "bootstrap.servers=" + tool.address() + "\nsecurity.protocol=PLAINTEXT\nenable.idempotence=true\n");
            assertEquals(0, Tool.alone("", false, "topic", "list", "--config", file.toString()).code());
        }
        Path wrong = directory.resolve("wrong.properties");
        Files.writeString(wrong, "security.protocol=TLS\n");
        Tool.Result result = Tool.alone("", false, "topic", "list", "--config", wrong.toString());
        assertEquals(2, result.code());
        assertTrue(result.err().contains("PLAINTEXT, SSL, SASL_PLAINTEXT and SASL_SSL"), result.err());
    }
}
